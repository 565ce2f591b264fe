"""What the audit judges by: the register, the measures, the accepted differences, the suites.

`controls.yml` is the one register; `measures/<control>.sql` says how a control is measured, `floors/<name>.sql`
how many rows it must have looked at; `accepted_differences.yml` holds the known disagreements of the sources. The
modules make Great Expectations suites from the register, one module a subject area, and `checkpoint` runs them.
They are loaded by `relance.audit.suites`. No figure of the domain stands in Python here.
"""
