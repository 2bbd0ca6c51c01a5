#!/usr/bin/perl
# The bench of the revocation index, small: all its answers are right, and it cleans up.
use strict;
use warnings;
use File::Temp 'tempdir';
use Test::More;

my $bench = "$ENV{BUILD}/t/bench/revocation";
my $folder = tempdir(CLEANUP => 1);

sub bench { my $out = `t/bench/run-revocation $bench $folder @_ 2>&1`; return ($? >> 8, $out) }
sub is_empty { return !glob("$folder/*") }

my ($status, $out) = bench(200_000, '--exact');
is($status, 0, 'all answers are right') or diag($out);
like($out, qr/^wrong among 250000 listed keys and 50000 that were taken out: 0$/m, 'listed keys');
like($out, qr/^refused among 200000 absent keys: 0$/m, 'absent keys');
# Directory, batches and a key's second byte: more than at 100 million, and a matter of numbers.
my ($extra) = $out =~ /^goal: extra memory ([\d.]+) %/m;
cmp_ok($extra // 100, '<', 16, 'what it needs beside the entries');
ok(is_empty(), 'nothing is left');

($status, $out) = bench(10**12);
isnt($status, 0, 'a disk that is too small');
like($out, qr/40000\.\d GB are needed for 10{12} entries, and [\d.]+ GB are free/, 'is told');
($status, $out) = bench(1500);
isnt($status, 0, 'a number that is none of thousands');
ok(is_empty(), 'nothing is left of what failed');
done_testing();
