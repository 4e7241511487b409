"""The line in every mail of ours that an answer is written above."""

MARKER = "-- Write your answer above this line --"
