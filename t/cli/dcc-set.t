# The published test passes of the issuing states, each judged with its own certificate
# at its own time: every verdict that the set gives, tolerant and strict.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use JSON::PP;
use MIME::Base64;
use Test::More;

my $set = ($ENV{HEALTHPASS_TESTDATA} // '') . '/dcc/dev.jsonl';
plan skip_all => 'SKIP: HEALTHPASS_TESTDATA names no folder with dcc/dev.jsonl' unless -e $set;

# The set's words for stages, in ours.
my %ours = (
    prefix => [qw(format)], base45 => [qw(encoding)], zlib => [qw(compression)],
    cose => [qw(envelope)], signature => [qw(issuer signature)], cwt => [qw(claims)],
    schema => [qw(content)], expiry => [qw(validity signer)], 'key-usage' => [qw(signer)],
);

# "2021-05-18T18:00:00.123456" and "+0200" occur: no zone is UTC.
sub rfc3339 {
    my ($time) = @_;
    $time =~ s/([+-]\d\d)(\d\d)\z/$1:$2/;
    $time .= 'Z' unless $time =~ /(Z|[+-]\d\d:\d\d)\z/;
    return $time;
}

sub agrees {
    my ($verdict, $answer) = @_;
    return 0 unless defined $answer->{accept} && !$answer->{accept} == !$verdict->{accept};
    return !defined $answer->{stage} if $verdict->{accept};
    return scalar grep { $_ eq $answer->{stage} }
        map { @{ $ours{$_} } } $verdict->{stage}, @{ $verdict->{also} // [] };
}

# A run of the sanitized command takes a fifth of a second: every fourth case will do for it.
my $step = $ENV{HEALTHPASS_SANITIZED} ? 4 : 1;
my (%seen, %group);
open my $in, '<:raw', $set or die "$set: $!";
while (my $line = <$in>) {
    my $case = JSON::PP->new->utf8->decode($line);
    next if $. % $step;
    my %want = (tolerant => $case->{verdict_tolerant}, strict => $case->{verdict});
    utf8::encode($case->{prefix});
    $case->{file} = put("pass$.", $case->{prefix});
    push @{ $group{"$_ $case->{clock} $case->{certificate}"} }, { %$case, verdict => $want{$_} }
        for grep { $want{$_} } keys %want;
}

# One command for what has one certificate and one time.
for my $by (sort keys %group) {
    my ($profile) = split ' ', $by;
    my @cases = @{ $group{$by} };
    my $cert = put('cert.der', decode_base64($cases[0]{certificate}));
    my ($status, @answers) = check('--trust', $cert, '--at', rfc3339($cases[0]{clock}),
                                   $profile eq 'strict' ? '--strict' : (), map { $_->{file} } @cases);
    my $refused = grep { !$_->{verdict}{accept} } @cases;
    is($status, $refused ? 1 : 0, "exit status of $cases[0]{id} $profile, and of as many as " . @cases);
    for my $case (@cases) {
        my ($want, $answer) = ($case->{verdict}, shift @answers);
        $seen{$profile}++;
        ok(agrees($want, $answer), "$case->{id} $profile")
            or diag('expected ', $want->{stage} // 'accept', ', got ', $answer->{stage} // 'accept',
                    " ($answer->{reason})");
    }
}
if ($step == 1) {
    is($seen{tolerant}, 266, 'all verdicts of the tolerant profile');
    is($seen{strict}, 213, 'all verdicts of the strict profile');
}

done_testing();
