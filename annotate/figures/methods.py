"""How each figure is made: its formula, where that comes from, and what it takes for granted.

`docs/figures.md` has the same, with worked examples; the app shows it beside each figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Figure(StrEnum):
    """Every figure there is."""

    COMPLETION = "completion"
    COMPLETION_HELPED = "completion_helped"
    COMPLETION_EACH = "completion_each"
    TIME = "time"
    TIME_NET = "time_net"
    TOTAL = "total"
    ASSISTS = "assists"
    ERRORS = "errors"
    EFFICIENCY = "efficiency"
    GOALS_PER_MINUTE = "goals_per_minute"
    TIME_WELL_SPENT = "time_well_spent"
    SEQ = "seq"
    SUS = "sus"
    SUS_GRADE = "sus_grade"
    LEARNABILITY = "learnability"
    FOUND_BY = "found_by"
    COUNTER_EVIDENCE = "counter_evidence"
    DISCOVERY_P = "discovery_p"
    DISCOVERY_DEFLATED = "discovery_deflated"
    DISCOVERY_GOOD_TURING = "discovery_good_turing"
    DISCOVERY_ADJUSTED = "discovery_adjusted"
    DISCOVERY = "discovery"
    DISCOVERY_MORE = "discovery_more"
    SEVERITY = "severity"
    CUSTOMER = "customer"
    BUSINESS = "business"
    VALUE = "value"
    VALUE_PER_EFFORT = "value_per_effort"
    RICE = "rice"
    RANK = "rank"
    CONTRADICTION = "contradiction"


@dataclass(frozen=True, slots=True)
class Method:
    """How a figure is made. `assumption` is what it takes for granted, or how it is to be read."""

    name: str
    formula: str
    source: str
    assumption: str


_WALD = "(x + z²/2)/(n + z²) ± z·√(p′(1 − p′)/(n + z²)), cut off at 0 and 1; z = 1.96 (95 %)"
_AGRESTI = "Agresti & Coull 1998; Sauro & Lewis 2005, measuringu.com/wald.htm"
_QUX = "Sauro & Lewis, Quantifying the User Experience"
_LEWIS = "Lewis 2001; Turner, Lewis & Nielsen 2006"
_ALIKE = "Where all are alike there is no interval: s = 0 would make it look certain."
_OWN = "Moderato's own rule"

METHODS = {
    Figure.COMPLETION: Method(
        "Completion",
        f"x of n runs done without help; interval: adjusted Wald, {_WALD}",
        _AGRESTI,
        "The first try of each participant counts. Skipped tasks and runs without an outcome are left out.",
    ),
    Figure.COMPLETION_HELPED: Method(
        "Completion, with help or without",
        f"x of n runs done, helped ones too; interval: adjusted Wald, {_WALD}",
        f"{_AGRESTI}; the Common Industry Format (NIST 2001) reports both",
        "As completion; a run whose outcome is “with help” counts as done here.",
    ),
    Figure.COMPLETION_EACH: Method(
        "Completion of the study",
        "mean over participants of the share of their tasks done without help, ± t·s/√n (95 %); where "
        f"the shares are all alike, or of one participant: adjusted Wald, {_WALD}; x = sum of the shares, "
        "n = participants",
        f"{_QUX}, ch. 3; {_AGRESTI}; Kish, Survey Sampling, 1965",
        "The runs of one participant depend on each other, so participants are counted, not runs. s = 0 would make "
        "the interval look certain.",
    ),
    Figure.TIME: Method(
        "Time on task",
        "geometric mean exp(mean ln t), interval exp(mean ln t ± t·s/√n) (95 %); from 25 times on the median with its"
        " binomial interval",
        "Sauro, measuringu.com/time_intervals.php, measuringu.com/average-times; " + _QUX + ", ch. 3",
        "Times are skewed: the logarithms are taken to be normal. From the start of the task to its end, without "
        f"private pauses. {_ALIKE}",
    ),
    Figure.TIME_NET: Method(
        "Net time on task",
        "as time on task, each time without the stretches in which the moderator speaks",
        _OWN,
        "Only runs in whose transcript it is known who speaks; elsewhere there is no net time.",
    ),
    Figure.TOTAL: Method(
        "Time for all tasks",
        "as time on task, of each participant's times for all tasks added up",
        f"{_QUX}, ch. 3",
        "Only participants who tried every task; all their runs, whatever came out.",
    ),
    Figure.ASSISTS: Method(
        "Assists",
        "observations of the kind “help” in the run, at least 1 where the outcome is “with help”; added up",
        "Common Industry Format, NIST 2001",
        "What nobody noted isn't counted.",
    ),
    Figure.ERRORS: Method(
        "Errors",
        "observations of the kind “problem” in the run, added up",
        "Common Industry Format, NIST 2001",
        "What nobody noted isn't counted.",
    ),
    Figure.EFFICIENCY: Method(
        "Efficiency",
        "completion without help in percent / mean time of all runs in minutes",
        "Common Industry Format; Tullis & Albert, Measuring the User Experience, table 4.3",
        "To compare tasks or designs with each other; alone it says little.",
    ),
    Figure.GOALS_PER_MINUTE: Method(
        "Goals per minute",
        "Σ nᵢⱼ/tᵢⱼ / (N·R): nᵢⱼ = 1 where participant i reached goal j in the time tᵢⱼ, else 0",
        "Mifsud, Usability metrics; omgwiki.org, “efficiency”",
        "Every run counts the same.",
    ),
    Figure.TIME_WELL_SPENT: Method(
        "Time that led to a goal",
        "Σ nᵢⱼ·tᵢⱼ / Σ tᵢⱼ: overall relative efficiency",
        "Mifsud, Usability metrics; omgwiki.org, “efficiency”",
        "Goals that were reached with help don't count.",
    ),
    Figure.SEQ: Method(
        "Ease (SEQ)",
        "mean of the answers, 1 very difficult to 7 very easy, ± t·s/√n (95 %)",
        "Sauro & Dumas 2009; measuringu.com/seq10",
        f"Over many studies the mean of tasks is about 5.5. {_ALIKE}",
    ),
    Figure.SUS: Method(
        "SUS",
        "2.5·Σ: odd items r − 1, even items 5 − r; mean of the participants ± t·s/√n (95 %)",
        "Brooke 1996",
        f"Only forms that are filled in whole. {_ALIKE}",
    ),
    Figure.SUS_GRADE: Method(
        "SUS grade",
        "curved grading scale; the percentile is drawn between the edges of a grade; the adjective is the one whose "
        "mean score is nearest",
        "Sauro & Lewis 2016; Bangor, Kortum & Miller 2009",
        "Approximate. It compares with websites and software of all kinds.",
    ),
    Figure.LEARNABILITY: Method(
        "Learnability",
        "12.5·((5 − r₄) + (5 − r₁₀)), mean of the participants",
        "Lewis & Sauro 2009",
        "Items 4 and 10 of the SUS alone.",
    ),
    Figure.FOUND_BY: Method(
        "Found by",
        f"x of n participants; interval: adjusted Wald, {_WALD}",
        f"{_AGRESTI}; measuringu.com/problem-matrix",
        "n are the participants who could meet it: those who tried its task, or met it anyway.",
    ),
    Figure.COUNTER_EVIDENCE: Method(
        "Counter-evidence",
        "participants who did the same task without help and with whom nothing of the kind was noted, and observations "
        "that speak against the issue",
        _OWN,
        "That nothing was noted doesn't prove that nothing happened.",
    ),
    Figure.DISCOVERY_P: Method(
        "p, as seen",
        "share of filled cells in the participants × problems matrix",
        "Virzi 1992; Nielsen & Landauer 1993",
        "Takes the problems seen for all there are, so with few participants it is too high.",
    ),
    Figure.DISCOVERY_DEFLATED: Method(
        "p, deflated",
        "(p − 1/n)(1 − 1/n)",
        _LEWIS,
        "Takes out what a problem must show to be seen at all.",
    ),
    Figure.DISCOVERY_GOOD_TURING: Method(
        "p, Good-Turing",
        "p / (1 + E), E = share of the problems that exactly one participant met",
        _LEWIS,
        "Leaves room for problems not seen yet, by how many were seen only once.",
    ),
    Figure.DISCOVERY_ADJUSTED: Method(
        "p, adjusted",
        "(deflated + Good-Turing) / 2",
        _LEWIS,
        "For fewer than 20 participants; with more it corrects too much.",
    ),
    Figure.DISCOVERY: Method(
        "Problems found so far",
        "1 − (1 − p)ⁿ with the adjusted p (from 20 participants on, p as seen)",
        "Virzi 1992; Nielsen & Landauer 1993; " + _LEWIS,
        "Every participant could meet every problem, each as likely as the next. Other people and other tasks show "
        "other problems.",
    ),
    Figure.DISCOVERY_MORE: Method(
        "What two more participants would add",
        "total·((1 − (1 − p)ⁿ⁺²) − (1 − (1 − p)ⁿ)), total = problems seen / share found",
        "Virzi 1992; Nielsen & Landauer 1993; " + _LEWIS,
        "They are like the others, and do the same tasks.",
    ),
    Figure.SEVERITY: Method(
        "Severity",
        "the agreed one, else the mean of the raters, else the worst of the observations; 0 to 4",
        "Nielsen 1994, nngroup.com/articles/how-to-rate-the-severity-of-usability-problems",
        "Let several people rate, each alone, then agree.",
    ),
    Figure.CUSTOMER: Method(
        "Customer value",
        "100 · severity/4 · frequency · persistence/3",
        "Nielsen 1994: severity from frequency, impact, persistence",
        "Persistence: 1 met once, 2 now and then, 3 every time; 2 where nobody said.",
    ),
    Figure.BUSINESS: Method(
        "Business value",
        "100 · criticality of the task/5 · reach",
        _OWN,
        "Reach: people who do the task, against the largest number given. Criticality 3 where nobody said.",
    ),
    Figure.VALUE: Method(
        "Value",
        "√(customer value · business value), 0 to 100",
        _OWN,
        "What is worth nothing to one side is worth nothing.",
    ),
    Figure.VALUE_PER_EFFORT: Method(
        "Value per day",
        "value / effort in person-days",
        _OWN,
        "The team's estimate of the effort.",
    ),
    Figure.RICE: Method(
        "RICE",
        "reach · impact · confidence / effort; reach = people who do the task in a month · share who meet the problem",
        "McBride, RICE: simple prioritization for product managers (Intercom)",
        "Impact 3, 2, 1, ½, ¼ goes by the severity where nobody said; confidence 100, 80, 50 % by how many met it.",
    ),
    Figure.RANK: Method(
        "Rank",
        "place by the chosen value; band: 2.5 % to 97.5 % of its places in 2,000 draws of the participants with "
        "replacement (bootstrap)",
        "Efron 1979",
        "The participants stand for those who will come. Where bands overlap, the order is not certain. "
        "Where all participants met the same issues, or there is only one, no draw differs: no band is no "
        "certainty then.",
    ),
    Figure.CONTRADICTION: Method(
        "Contradictions",
        "SEQ 6 or 7 though failed, given up or helped; SEQ 1 or 2 though done without help",
        _OWN,
        "Polite participants rate high. Look before you believe either.",
    ),
}
