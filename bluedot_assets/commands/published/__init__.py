"""Commands about what is published already, on the site and in the seed repositories."""
