# Runs the real healthpassctl and tells what came of it.
package Ctl;

use strict;
use warnings;
use Exporter 'import';
use File::Temp 'tempdir';
use JSON::PP;
use Test::More;

our @EXPORT = qw(ctl folder issuer issue check judged put get mode usage_error);

my $binary = $ENV{HEALTHPASSCTL} || 'build/healthpassctl';
die "$binary is not there: build it first, or set HEALTHPASSCTL\n" unless -x $binary;
my $folder = tempdir('hp-cli-XXXXXX', TMPDIR => 1, CLEANUP => 1);

# A folder of this test's own that ends with it.
sub folder { return $folder }

sub get {
    my ($path) = @_;
    open my $in, '<:raw', $path or die "$path: $!";
    local $/;
    return scalar <$in> // '';
}

sub put {
    my ($path, $bytes) = @_;
    $path = "$folder/$path" unless $path =~ m{^/};
    open my $out, '>:raw', $path or die "$path: $!";
    print $out $bytes;
    close $out or die "$path: $!";
    return $path;
}

sub mode { return sprintf '%04o', (stat $_[0])[2] & 07777 }

# Looking for leaks takes longer than all else that the sanitized command does: every eighth run is
# looked at.
my $runs = 0;
my $sanitized = $ENV{HEALTHPASS_SANITIZED} ? $ENV{ASAN_OPTIONS} : undef;

# ctl('check', ...): a first argument that is a reference holds standard input.
sub ctl {
    my $input = ref $_[0] ? ${ shift() } : '';
    my @args = @_;
    local $ENV{ASAN_OPTIONS} = $sanitized . (++$runs % 8 ? ',detect_leaks=0' : '') if defined $sanitized;
    my $in = put('stdin', $input);
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDIN,  '<', $in or die;
        open STDOUT, '>', "$folder/stdout" or die;
        open STDERR, '>', "$folder/stderr" or die;
        exec $binary, @args or die "$binary: $!";
    }
    waitpid $pid, 0;
    return { status => $? & 127 ? "signal $?" : $? >> 8,
             out => get("$folder/stdout"), err => get("$folder/stderr") };
}

# A throw-away issuer in a folder of its own, and a trust folder with its certificate.
sub issuer {
    my ($name, @options) = @_;
    my $r = ctl('keygen', '-o', "$folder/$name", @options);
    die $r->{err} if $r->{status};
    mkdir "$folder/$name/trust" or die;
    put("$folder/$name/trust/issuer.pem", get("$folder/$name/issuer.pem"));
    chomp(my $kid = $r->{out});
    return { kid => $kid, key => "$folder/$name/issuer.key", cert => "$folder/$name/issuer.pem",
             trust => "$folder/$name/trust", folder => "$folder/$name" };
}

my $passes = 0;

# The path of a new pass.
sub issue {
    my ($issuer, @options) = @_;
    my $file = "$folder/pass" . ++$passes;
    push @options, '--preset', 'adult-full' unless grep { /^--(preset|payload)$/ } @options;
    push @options, '--cert', $issuer->{cert} unless grep { $_ eq '--cert' } @options;
    my $r = ctl('issue', '--key', $issuer->{key}, '-o', $file, @options);
    die "issue @options: $r->{err}" if $r->{status};
    return $file;
}

# Exit status and the objects of check --json.
sub check {
    my $r = ctl('check', '--json', @_);
    return ($r->{status}, map { JSON::PP->new->utf8->decode($_) } split /\n/, $r->{out});
}

# One pass, one answer: exit status, reason and stage are what was expected.
sub judged {
    my ($what, $reason, $stage, @args) = @_;
    my ($status, $answer, @more) = check(@args);
    my $accept = $reason eq 'ok' ? 1 : $stage eq 'fault' ? undef : 0;
    is_deeply([ $status, $answer->{accept} ? 1 : defined $answer->{accept} ? 0 : undef,
                $answer->{reason}, $answer->{stage}, scalar @more ],
              [ $reason eq 'ok' ? 0 : defined $accept ? 1 : 3, $accept, $reason, $stage, 0 ],
              "$what: $reason");
    return $answer;
}

# These arguments are refused with exit code 2, nothing on standard output, and these words.
sub usage_error {
    my ($words, @args) = @_;
    my $r = ctl(@args);
    is_deeply([ $r->{status}, $r->{out} ], [ 2, '' ], "exit 2: @args");
    like($r->{err}, $words, "and why: $words");
}

1;
