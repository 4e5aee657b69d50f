"""British English, with the hours of the day counted to 24, as the portal's own pages write them."""

TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i"
