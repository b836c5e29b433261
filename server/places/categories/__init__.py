"""Lists of categories as versioned data: checked, tried against what there is, in force from a day on."""
