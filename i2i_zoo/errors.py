"""The one exception that speaks to the user instead of the programmer."""


class UserError(Exception):
    """A mistake that the user can mend, said in one sentence.

    The command line prints its text and no traceback; from Python it is an ordinary exception.
    """
