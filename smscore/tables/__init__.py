"""Arrow tables and pandas frames side by side: the kernels work on the first, people hold the second.

Texts are shared between the two and not copied. Nothing here knows what a column means.
"""

from .frames import find_free_name, to_frame, to_table
from .series import to_texts

__all__ = ["find_free_name", "to_frame", "to_table", "to_texts"]
