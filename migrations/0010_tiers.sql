-- A tier is sold for several billing periods and has one name. Rows that name the former yearly copies now name the tier itself.
UPDATE teams SET tier = left(tier, -length('_yearly')) WHERE right(tier, length('_yearly')) = '_yearly';
UPDATE resources SET tier = left(tier, -length('_yearly')) WHERE right(tier, length('_yearly')) = '_yearly';
