"""A seeded world of people who write to each other through the real doors; it knows what each of them meant.

`make world` runs it large and writes its table into docs/filing.md, `make test` small. The files in the
order of the story: `shares` (how often what happens), `people` and `matters` (who there is and what they
want), `agenda` (time), `life` (what they do), `post_office` (what becomes of it on the way), `referee`
(compares what was stored with what was meant), `rivals` (other rules on the same stream), `report`.
"""
