"""Constants of the judgement and of the slow estimates, and what one rule asks for."""

from __future__ import annotations

from typing import NamedTuple

NO_SCORE = -9.0  # nothing unusual
LOWEST = -3.0  # lowest tail score worth keeping


class Knobs(NamedTuple):
    """Constants of the judgement, tuned on simulated seeds (bench/results/spikes.md). sd in natural logs, clip in sigmas."""

    volume_tau_h: float = 6.0
    volume_sd: float = 0.35
    volume_clip: float = 4.0
    volume_limit: float = 3.0
    volume_knee: float = 0.5  # up to here negatives are expected to rise nearly as the conversation does; a bigger surge is mostly benign
    volume_below_knee: float = 0.85
    volume_up: float = 0.65
    volume_down: float = 0.7
    volume_down_limit: float = 1.5
    mood_tau_h: float = 12.0
    mood_sd: float = 0.2
    mood_clip: float = 3.4
    mood_limit: float = 2.0
    mood_use: float = 0.3  # a mood before the window moves the expectation by at most e^±0.3
    mood_decay: float = 0.6  # how fast a mood fades across a window, in 1 / mood_tau_h
    bin_dispersion: float = 0.2  # relative variance of one 5-minute bin beyond Poisson
    model_variance: float = 0.08  # relative variance of the expectation, any window
    thread_size: float = 2.4  # posts come in threads: variance = (1 + this) x mean in long windows ...
    thread_hours: float = 2.0  # ... less in windows shorter than a thread lasts
    young_variance: float = 0.12  # relative variance while the history is short, divided by its days
    dispersion_prior: float = 0.8
    dispersion_bins: float = 200.0  # weight of the prior: bins ...
    dispersion_windows: float = 1.7  # ... and windows
    dispersion_clip: float = 4.0  # one window teaches no more than so many times the dispersion: a crisis must not blunt the next
    dispersion_half_life_d: float = 21.0
    outage_expected: float = 12.0  # so many posts missing in a row is an outage, not silence
    outage_limit_d: float = 120.0  # ... unless it lasts longer than this
    outage_young_h: float = 3.0  # on the first day, when the usual is a guess, only after so many hours
    resumed_variance: float = 2.0  # of the volume when a silence of more than a day ends: how busy it is now is anybody's guess
    calm: float = 1.2  # times what is expected: the last three hours were ordinary, whatever the longer windows remember of the peak
    location_prior: float = -1.0  # without a total: Gumbel law of the daily maxima of the tail score
    scale_prior: float = 0.45
    calibration_weight_d: float = 20.0
    calibration_from_d: float = 5.0
    alone_honest: float = 0.5  # without a total: from here on the Gumbel law promises more than comes true ...
    alone_slope: float = 0.32  # ... so much of the rest is said ...
    alone_rare: float = 1.0  # ... and beyond ten weeks, where heavy tails come true oftener still, ...
    alone_rare_slope: float = 0.6  # ... so much of that
    candidate: float = 0.0  # bins with a tail score above this are weighed
    loud: float = 2.2  # a tail score that counts as loud
    restless_days: float = 15.0  # of sixty: so many days with a high score are borne before the bar is raised
    restless_score: float = 1.0
    restless_gain: float = 3.0


# Negatives alone, no total: their own swings are all there is, so the mood follows faster, one prior dispersion serves all, and the score is
# calibrated on the agency's own daily maxima. Tuned on made-up series with heavy tails in the manner of tweets that name a company.
ALONE = Knobs(mood_sd=0.35, dispersion_prior=1.0, dispersion_windows=50.0, calibration_weight_d=10.0)


# Negatives against their share of what is said now: how busy it is is followed within minutes, and twice the crowd is expected to bring twice
# the negatives, a tenth of it a tenth.
SHARE = Knobs(volume_tau_h=3.0, volume_sd=1.0, volume_clip=50.0, volume_below_knee=1.0, volume_up=1.0, volume_down=1.0, volume_down_limit=3.0)


class Habits(NamedTuple):
    """Constants of the slow estimates, tuned on simulated seeds (bench/results/spikes.md). Half-lives in days, clips in sigmas."""

    level_half_life_d: float = 6.0
    schedule_power: float = 0.7  # < 1: part of the daily swing is left to the filters, which follow the real one (Ramadan nights)
    schedule_half_life_d: float = 45.0
    schedule_prior_h: float = 3.0  # hours of the generic schedule mixed into each cell
    recent_half_life_d: float = 3.0
    recent_prior: float = 1.0
    recent_power: float = 0.7
    weekday_half_life_d: float = 35.0
    weekday_prior: float = 6.0  # days
    own_half_life_d: float = 14.0
    own_from: float = 0.3  # others below so much of the negatives tell little: the negatives' own level is mixed in ...
    own_alone: float = 0.1  # ... and below this it stands alone
    least_per_day: float = 0.5  # negatives that are expected of any agency, however long it was silent
    cap_sigmas: float = 3.0  # one bin moves the level by no more than that
    share_half_life_d: float = 14.0
    share_clip: float = 1.5
    lasting_d: float = 2.5  # an alert that stays open for longer is a new state of things: learnt unclipped ...
    lasting_half_life_d: float = 1.5  # ... and fast
    weekly_prior: float = 1.5  # posts
    weekly_from: float = 1.5  # smaller recurring peaks are left to the dispersion


class Limits(NamedTuple):
    """What one rule asks for."""

    open_at: float
    close_at: float
    close_bins: float
    min_count: float
    floor: float
    floor_share: float = 0.6  # of an hour's posts, passed by so many sigmas: tells a crisis from a busy account when nothing else is known
    floor_sigmas: float = 3.0
    floor_mood: float = 0.25  # standard deviation, in log odds, of an ordinary hour's share: a busy hour is less exact than its posts are many
    floor_ratio: float = 2.5  # times the hourly mean of the hours before
    floor_crowd: float = 0.7  # power of how much more the others say than in those hours
    floor_hours: float = 2.0  # so many hours seen before that mean is used
