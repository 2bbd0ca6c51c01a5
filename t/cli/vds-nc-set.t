# The ICAO VDS-NC passes of the test set, published and our own, each judged with its authorities at
# its time: every verdict that the set gives.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use Test::More;
use Vectors;

my $set = set('vds-nc');

# The set's words for what became of a pass, in stages.
my %ours = (
    MALFORMED     => [qw(format encoding envelope claims content)],
    UNSUPPORTED   => [qw(format envelope claims content)],
    UNKNOWN_KEY   => [qw(issuer)],
    BAD_CHAIN     => [qw(issuer signer)],
    BAD_SIGNATURE => [qw(signature)],
    KEY_INVALID   => [qw(signer)],
);
my %reason = (
    UNKNOWN_KEY => 'signer-unknown', 'own/bad-forged-bsc-aki.json' => 'signer-chain',
    'own/bsc-expired.json' => 'signer-expired', 'own/bsc-revoked.json' => 'signer-revoked',
    'own/issuer-country-mismatch.json' => 'signer-domain', 'own/type-unknown.json' => 'kind-off',
);

my $answers = judge_set(\%ours, \%reason, 25);

# ---- what valid ones say --------------------------------------------------------------

says('own/ok-vacc.json', format => 'vds-nc', kind => 'v', issuer => 'UTO', kid => '4ba5ea15fa4ecdb1', valid_until => undef);
says('own/ok-test.json', format => 'vds-nc', kind => 't', issuer => 'UTO');
says('published/au-specimen-1.json', kind => 'v', issuer => 'AU');
says('published/jp-specimen.json', kind => 'v', issuer => 'JP');
is_deeply($answers->{'own/ok-vacc.json'}{holder},
          { family => 'DUPUIS', given => 'ZOE', family_mrz => '', given_mrz => '', birth => '1988-02-29',
            document_number => 'X00000001' },
          'two blanks part the name');
is($answers->{'published/jp-specimen.json'}{holder}{family}, 'NIHON HANAKO', 'nothing parts this one');
is($answers->{'published/au-specimen-1.json'}{holder}{family}, 'CITIZEN', 'the holder of a published one');

# ---- the same pass in other words -----------------------------------------------------

my $store = folder() . '/csca.store';
my $import = ctl(qw(trust import --from csca --unsigned csca), "$set/own/trust", '-o', $store);
is($import->{status}, 0, 'the authorities are imported') or diag($import->{err});
my $common = identified($store);
my $policy = put('policy.conf', $common . qq(formats = [ "hc1", "vds-nc" ];\n));
my %id = pass_ids($policy, qw(ok-vacc.json ok-reordered-spaced.json ok-array-wrapper.json ok-es384.json ok-test.json));
is($id{$_}, $id{'ok-vacc.json'}, "$_: one pass") for qw(ok-reordered-spaced.json ok-array-wrapper.json ok-es384.json);
isnt($id{'ok-test.json'}, $id{'ok-vacc.json'}, 'another number is another pass');

# The same authorities and CRL as a trust folder of a gate.
mkdir folder() . '/authorities' or die;
put("authorities/$_", get("$set/own/trust/$_")) for qw(csca.der csca.crl.der);
(my $folders = $common) =~ s{trust = [^;]+}{trust = "${\folder()}/authorities"};
put('folder.conf', $folders . qq(formats = "vds-nc";\n));
for my $case ([ 'ok-vacc.json', 'ok' ], [ 'bsc-revoked.json', 'signer-revoked' ], [ 'bad-forged-bsc-aki.json', 'signer-chain' ]) {
    my ($status, $answer) = check('--policy', folder() . '/folder.conf', '--at', at(1790000000), "$set/own/$case->[0]");
    is($answer->{reason}, $case->[1], "a folder: $case->[0]");
}
mkdir folder() . '/published' or die;
put('published/' . s{.*/}{}r, get($_)) for glob "$set/published/trust/*.der";
put('published.conf', $folders =~ s{/authorities"}{/published"}r . qq(formats = "vds-nc";\n));
for my $file (qw(jp-specimen au-specimen-1)) {
    my ($status, $answer) = check('--policy', folder() . '/published.conf', '--at', at(1790000000), "$set/published/$file.json");
    is($answer->{reason}, 'ok', "a folder: $file");
}
my $off = put('off.conf', $common);
my ($status, $answer) = check('--policy', $off, '--at', at(1790000000), "$set/own/ok-vacc.json");
is("$status $answer->{reason}", '1 kind-off', 'off unless it is switched on');

done_testing();
