"""What the product does a second, beside what the same machine does with less around it (`make bench`).

Every figure has a reference that is measured in the same run, round by round in turn, so that the ratio says
something on any machine. Nothing is asserted about time; what is asserted is that nothing was lost meanwhile.
docs/performance.md says how each figure is measured.
"""
