"""Words that stand for themselves in addresses below `/zones` and `/zones/{kind}`: no zone may have one as its code.

Apart from addressing.py, which needs the web framework: the limited child that reads files asks here as well.
"""

FIXED_WORDS = frozenset(
    {"border", "changes", "days", "drawings", "export", "imports", "merge", "newest", "trial"}
)
