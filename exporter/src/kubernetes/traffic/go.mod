module tcpotel/traffic

go 1.26
