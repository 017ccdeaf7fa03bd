"""Only what pyproject.toml cannot say: config/ travels in the wheel as kentongan/_config (kentongan.settings.packaged_config finds it)."""

from pathlib import Path
from shutil import copytree, rmtree

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithConfig(build_py):
    """The usual build, and a copy of config/ in it; an editable install reads the checkout's own config/."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib, "kentongan", "_config")
            rmtree(target, ignore_errors=True)
            copytree(Path(__file__).parent / "config", target)


setup(cmdclass={"build_py": BuildWithConfig})
