# The SMART Health Cards of the test set, published and our own, each judged with its trust list at
# its time: every verdict that the set gives.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use Test::More;
use Vectors;

my $set = set('shc');

# The set's words for what became of a card, in stages.
my %ours = (
    MALFORMED     => [qw(format encoding compression envelope claims content)],
    UNKNOWN_KEY   => [qw(issuer)],
    BAD_SIGNATURE => [qw(signature)],
    NOT_YET_VALID => [qw(validity)],
    EXPIRED       => [qw(validity)],
    REVOKED       => [qw(revocation)],
);
my %reason = (NOT_YET_VALID => 'not-yet-valid', EXPIRED => 'expired', REVOKED => 'revoked');

my $answers = judge_set(\%ours, \%reason, 53);

# ---- what valid ones say --------------------------------------------------------------

says('own/ok-vaccination.qr.txt', format => 'shc', kind => 'v', issuer => 'https://shc.dev.example',
     kid => 'c-f7ESWD7omTdrtBrJqmB8oB_CVdvEe7gPfzW6jhYo8', valid_until => undef);
says('own/ok-lab-negative.qr.txt', format => 'shc', kind => 't');
says('own/ok-exp-equal-now.jws.txt', valid_until => at(1790000000));
says('own/policy-entered-in-error.jws.txt', kind => undef);
is_deeply($answers->{'own/ok-vaccination.qr.txt'}{holder},
          { family => 'Dupuis', given => 'Zoe M.', family_mrz => '', given_mrz => '',
            birth => '1988-02-29' }, 'the holder');
is($answers->{'published/example-00-f-qr-code-numeric-value-0.txt'}{holder}{family}, 'Anyperson',
   'the holder of a published one');

# ---- the same card in other words -----------------------------------------------------

my $store = folder() . '/vci.store';
my $policy = put('policy.conf', identified($store) . qq(formats = [ "hc1", "shc" ];\n));
my $import = ctl(qw(trust import --from vci --unsigned vci), "$set/own/trust.json", '-o', $store);
is($import->{status}, 0, 'the snapshot is imported') or diag($import->{err});
my %id = pass_ids($policy, qw(ok-vaccination.qr.txt ok-same-pass-other-s.jws.txt ok-chunks-2of2-first.qr.txt ok-lab-negative.qr.txt));
is($id{'ok-same-pass-other-s.jws.txt'}, $id{'ok-vaccination.qr.txt'}, 's or n-s: one pass');
isnt($id{'ok-lab-negative.qr.txt'}, $id{'ok-vaccination.qr.txt'}, 'another card is another pass');

done_testing();
