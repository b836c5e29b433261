"""Work calendars and office hours as versioned data, and the schedules they are put together to."""
