#!/usr/bin/perl
# Each header below common/ compiles on its own, as C11.
use strict;
use warnings;
use File::Find;
use Test::More;

my @headers;
find({ no_chdir => 1, wanted => sub { push @headers, $_ if /\.h$/ } }, 'common');
my $cc = $ENV{CC} || 'cc';
for my $header (sort @headers) {
    is(system("$cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only -Icommon "
        . "-x c -include $header /dev/null"), 0, $header);
}
done_testing();
