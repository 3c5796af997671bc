"""What can go wrong with the local stack, said for people."""


class StackError(Exception):
    """A stack that cannot do what was asked; the message is ready to be shown as it is.

    Its first line says what is wrong and what to do; further lines, if any, end a server's log.
    """
