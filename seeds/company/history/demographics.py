"""Who people are: gender and ethnicity, as they tell the company.

Here: the draws, with the share of women falling as the job level rises (a confounder of every comparison of pay). Not here:
the table (people/engagement.py), and what follows from it (pay.py). Ethnic groups are invented and nothing follows from them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from seeds.company.history.ledger import Indices
from seeds.company.parameters import Parameters

GENDERS = ["female", "male", "non_binary", "undisclosed"]
FEMALE, MALE, NON_BINARY, UNDISCLOSED = range(4)
ETHNICITIES = ["group_a", "group_b", "group_c", "group_d", "group_e", "undisclosed"]
ETHNICITY_SHARE = [0.54, 0.18, 0.12, 0.07, 0.04, 0.05]
NON_BINARY_SHARE, UNDISCLOSED_SHARE = 0.01, 0.03
MIDDLE_LEVEL = 3


def gender_and_ethnicity(person: Indices, level: Indices, parameters: Parameters) -> dict[str, npt.NDArray[np.int64]]:
    """Codes into GENDERS (`gender`) and ETHNICITIES (`ethnicity`) of each of `person`, hired at job level `level`."""
    draws = parameters.draws("demographics")
    centre = np.log(parameters.women_share / (1 - parameters.women_share))
    share = 1 / (1 + np.exp(-centre - parameters.gender_level_effect * (level - MIDDLE_LEVEL)))
    woman = draws.sub("woman").chance(share, person)
    other = draws.sub("other").uniform(person)
    gender = np.select(
        [other < UNDISCLOSED_SHARE, other < UNDISCLOSED_SHARE + NON_BINARY_SHARE, woman], [UNDISCLOSED, NON_BINARY, FEMALE], MALE
    )
    return {"gender": gender, "ethnicity": draws.sub("ethnicity").choice(ETHNICITY_SHARE, person)}
