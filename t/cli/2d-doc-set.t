# The 2D-DOC seals of the test set, published and our own, each judged with its certificates at its
# time: every verdict that the set gives.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use Test::More;
use Vectors;

my $set = set('2d-doc');

# The set's words for what became of a seal, in stages.
my %ours = (
    MALFORMED     => [qw(format encoding envelope claims content)],
    UNSUPPORTED   => [qw(format envelope claims content)],
    UNKNOWN_KEY   => [qw(issuer)],
    BAD_CHAIN     => [qw(issuer signer)],
    BAD_SIGNATURE => [qw(signature)],
    KEY_INVALID   => [qw(signer issuer)],
    NOT_YET_VALID => [qw(validity)],
);
my %reason = (NOT_YET_VALID => 'not-yet-valid', UNSUPPORTED => 'kind-off', UNKNOWN_KEY => 'signer-unknown');

my $answers = judge_set(\%ours, \%reason, 33);

# ---- what valid ones say, and why others are refused ---------------------------------------

says('own/ok-l1-te.txt', format => '2d-doc', kind => 'v', issuer => 'FR', kid => 'FRX1HP01', valid_until => undef);
says('own/ok-b2-negative.txt', format => '2d-doc', kind => 't', issuer => 'FR');
says('published/tac-l1-production-key.txt', kid => 'FR03AV01', issuer => 'FR', kind => 'v');
says('own/cert-expired-at-signing.txt', reason => 'signer-expired', kid => 'FRX1HPEX');
says('own/cert-revoked.txt', reason => 'signer-revoked');
says('own/no-us.txt', reason => 'keyboard-layout');
says('own/two-us.txt', reason => 'envelope');
says('own/fields-out-of-order-missing.txt', reason => 'content');

my $dupuis = { family => 'DUPUIS', given => 'ZOE MARIE', family_mrz => '', given_mrz => '', birth => '1988-02-29' };
is_deeply($answers->{$_}{holder}, $dupuis, "$_: the holder") for qw(own/ok-l1-te.txt own/ok-link-v.txt own/ok-b2-negative.txt);
is($answers->{'own/ok-truncated-rs.txt'}{holder}{family}, 'A' x 80, 'a name that was cut');

# ---- by a policy: a store, and the same seal in other words ---------------------------------

my $set_copy = folder() . '/own';
my $store = folder() . '/seals.store';
my $policy = put('policy.conf', identified($store) . qq(formats = [ "hc1", "2d-doc" ];\n));
my $import = ctl(qw(trust import --from 2d-doc --unsigned 2d-doc), "$set/own/trust", '-o', $store);
is($import->{status}, 0, 'the folder is imported') or diag($import->{err});
my %id = pass_ids($policy, qw(ok-l1-te.txt ok-link-v.txt ok-padded-sig.txt ok-undated.txt));
is($id{$_}, $id{'ok-l1-te.txt'}, "$_: one pass") for qw(ok-link-v.txt ok-padded-sig.txt);
isnt($id{'ok-undated.txt'}, $id{'ok-l1-te.txt'}, 'other signed bytes are another pass');

# ---- folders that a gate reads ---------------------------------------------------------------

mkdir "$set_copy" or die;
put("$set_copy/$_", get("$set/own/trust/$_")) for map { s{.*/}{}r } glob "$set/own/trust/*";
$policy = put('folder.conf', qq(trust = "$set_copy";\nrules = "authentic-only";\nformats = "2d-doc";\n));
for my $case (qw(ok-l1-te:ok ok-p384:ok ok-cert-expired-since:ok cert-expired-at-signing:signer-expired cert-revoked:signer-revoked
                 unknown-cert:signer-unknown bad-name:signature)) {
    my ($file, $reason) = split /:/, $case;
    my ($status, $answer) = check('--policy', $policy, '--at', at(1790000000), "$set/own/$file.txt");
    is($answer->{reason}, $reason, "$file: by a trust folder");
}

# The specification's test key is known by its value, whatever its name: only a test environment has it.
my $specimen = get("$set/published/trust-specimen/FR000001.pub.der");
mkdir folder() . "/$_" or die for qw(named plain);
put('named/FR03AV01.pub.der', $specimen);
put('plain/0123456789abcdef.pub', $specimen);
for my $name (qw(named plain)) {
    my $conf = put("$name.conf", qq(trust = "${\folder()}/$name";\nrules = "authentic-only";\nformats = "2d-doc";\n));
    my $r = ctl('check', '--policy', $conf, "$set/published/spec-l1.txt");
    is($r->{status}, 3, "$name: a gate does not start with it");
    like($r->{err}, qr{trust: holds the specification's test key FR00/0001}, 'and says why');
    $r = ctl(qw(trust import --from), $name eq 'named' ? qw(2d-doc --unsigned 2d-doc) : qw(folder --unsigned folder),
             folder() . "/$name", '-o', folder() . "/$name.store");
    is($r->{status}, 1, "$name: no store takes it");
    like($r->{err}, qr{the list holds the specification's test key FR00/0001}, 'and says why');
}
mkdir folder() . '/tests' or die;
put('tests/FR000001.pub.der', $specimen);
$policy = put('tests.conf', qq(trust = "${\folder()}/tests";\nenvironment = "dev";\nrules = "authentic-only";\nformats = "2d-doc";\n));
my ($status, $answer) = check('--policy', $policy, '--at', at(1790000000), "$set/published/spec-l1.txt");
is($answer->{reason}, 'ok', 'a test environment may have it');
$import = ctl(qw(trust import --from 2d-doc --unsigned 2d-doc --environment dev), folder() . '/tests', '-o', folder() . '/tests.store');
is($import->{status}, 0, '... in a store, too') or diag($import->{err});

done_testing();
