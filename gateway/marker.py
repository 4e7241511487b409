"""The lines at the top of a notification; an answer is written above them."""

MARKER = "-- Write your answer above this line --"
# How the line right above the marker begins: it says where an answer will go.
DESTINATION = "Your answer goes"
NO_DESTINATION = "This customer cannot be reached now"
