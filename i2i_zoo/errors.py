"""What speaks to the user instead of the programmer: one exception, one warning."""


class UserError(Exception):
    """A mistake that the user can mend, said in one sentence.

    The command line prints its text and no traceback; from Python it is an ordinary exception.
    """


class Notice(UserWarning):
    """Something that went another way than asked, said in one sentence; the command line prints its text."""
