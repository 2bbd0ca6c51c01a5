#!/usr/bin/perl
# The demo venue in a real browser; what the visitor does is in booking.mjs, which prints TAP.
use strict;
use warnings;

$ENV{BUILD} ||= 'build';
die "playwright-core is missing: run make deps-test\n" if !-d '.deps/browser/node_modules/playwright-core';
exec 'node', 't/browser/booking.mjs' or die "node: $!\n";
