# What the WHO's network puts into an HC1 envelope: passes of our own that issue makes, and the
# published set, where HEALTHPASS_TESTDATA says where it is.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use JSON::PP;
use POSIX 'strftime';
use Test::More;

my $issuer = issuer('issuer');
my @trust = ('--trust', $issuer->{cert});

# ---- our own ---------------------------------------------------------------------

my $card = judged('a yellow card', 'ok', undef, @trust, '--show-holder', issue($issuer, '--preset', 'yellow-card'));
is_deeply([ @$card{qw(format kind)}, $card->{holder}{family}, $card->{holder}{document_number} ],
          [ 'hc1', 'v', 'Alex Test', 'TEST00001' ], 'what it says');
my $life = judged('one without an end', 'ok', undef, @trust, issue($issuer, '--preset', 'yellow-card', '--no-exp'));
ok(!exists $life->{valid_until}, 'is valid for life');
judged('a DCC without an end', 'claims', 'claims', @trust, issue($issuer, '--no-exp'));

# Yellow fever is valid from the tenth day after the vaccination on.
sub day { return strftime($_[1], gmtime(time + $_[0] * 86400)) }
my $early = issue($issuer, '--iat', day(0, '%FT%TZ'), '--as', 'icvp', '--payload', put('early.json',
    '{"n":"A","dob":"1990-01-01","vx":{"vp":"YellowFeverProduct1","dv":"' . day(0, '%F') . '","is":"FR"}}'));
judged('nine days later', 'not-yet-valid', 'validity', @trust, '--at', day(9, '%FT23:59:59Z'), $early);
judged('ten days later', 'ok', undef, @trust, '--at', day(10, '%FT00:00:00Z'), $early);

judged('a link', 'no-assertion', 'content', @trust,
       issue($issuer, '--as', 'link', '--payload', put('link.json', '[{"u":"shlink:/eyJ1cmwiOiJ4In0"}]')));
judged('a DDCC test', 'ok', undef, @trust, issue($issuer, '--as', 'ddcc-test', '--payload', put('ddcc.json',
       '{"name":"A B","test":{"pathogen":"840539006","type":"LP6464-4","result":"260415000","date":"2026-01-01"}}')));
usage_error(qr/--as goes with --payload/, 'issue', '--key', 'k', '--cert', 'c', '--preset', 'child', '--as', 'icvp');

# One set of rules asks a DCC and a DDCC the same.
my $rules = folder() . '/rules.json';
is(ctl('rules', 'new', '--country', 'XX', '--vaccinated', 'complete', '-o', $rules)->{status}, 0, 'house rules');
my $policy = put('policy.conf', qq(trust = "$issuer->{trust}"; rules = "$rules"; country = "XX";\n));
chmod 0644, $policy, $rules;
sub vaccinated {
    my ($doses) = @_;
    return issue($issuer, '--as', 'ddcc-vaccination', '--payload', put("v$doses.json", JSON::PP->new->encode(
        { name => 'A B', birthDate => '1990-01-01', vaccination => { vaccine => '1119349007', brand => 'EU/1/20/1528',
          disease => '840539006', date => '2026-01-01', dose => $doses, total_doses => 2, country => 'XXA' } })));
}
judged('rules: two doses of two', 'ok', undef, '--policy', $policy, vaccinated(2));
judged('rules: one of two', 'rule-failed', 'rules', '--policy', $policy, vaccinated(1));
judged('rules: a DCC of two', 'ok', undef, '--policy', $policy, issue($issuer));

# ---- the set -----------------------------------------------------------------------

SKIP: {
    my $set = ($ENV{HEALTHPASS_TESTDATA} // '') . '/gdhcn/generated';
    skip 'HEALTHPASS_TESTDATA names no folder with gdhcn/generated', 11 unless -e "$set/expected.json";
    my $expected = JSON::PP->new->decode(get("$set/expected.json"));
    my %ours = ('valid' => 'ok', 'reject: no assertion' => 'no-assertion', 'reject: exp passed' => 'expired',
                'reject: signer certificate expired' => 'signer-expired', 'reject: signature' => 'signature',
                'reject: no known payload' => 'claims');
    for my $case (@{ $expected->{cases} }) {
        my ($status, $answer) = check('--trust', "$set/trustlist-did.json", '--at', $expected->{clock}, "$set/$case->{file}");
        is_deeply([ $status, $answer->{reason} ], [ $case->{expect} eq 'valid' ? 0 : 1, $ours{ $case->{expect} } ],
                  "$case->{file}: $case->{expect}");
    }
}

done_testing();
