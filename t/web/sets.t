# Named sets of rules: one file, and another set in each place.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use Test::More;
use Time::HiRes 'sleep';

my $dir = hp_dir();
mkdir "$dir/$_" for qw(house house/staff house/visitors house/event);
sub rules { my ($set, @options) = @_; hp_ctl(qw(rules new --country AT --replace -o), "$dir/house/$set/r.json", @options) }
rules('staff', qw(--vaccinated any));
rules('visitors', qw(--pcr 72h));
rules('event', qw(--recovered 11d..180d));

sub house { my ($name, @lines) = @_;
    return hp_write("$dir/$name.conf", join "\n", "trust = \"$dir/trust.d\";", "rules = \"$dir/house\";", 'country = "AT";',
        "identity_key = \"$dir/identity.key\";", @lines, '') }
house('house', 'rules_set = "visitors";');
house('other', 'rules_set = "staff";');

my $nginx = HP::Server->new(
    level => 'notice',
    http => <<"_EOC_",
    healthpass_policy $dir/house.conf;
    healthpass_refresh 100ms;
    client_body_buffer_size 64k;
_EOC_
    server => <<"_EOC_",
        healthpass_verify on;
        location /own { proxy_pass http://venue; }
        location /staff { healthpass_policy rules=staff; proxy_pass http://venue;
            location /staff/in { proxy_pass http://venue; }
            location /staff/visitors { healthpass_policy rules=visitors; proxy_pass http://venue; }
            location /staff/file { healthpass_policy $dir/house.conf; proxy_pass http://venue; }
            location /staff/other { healthpass_policy $dir/other.conf; proxy_pass http://venue; }
            location /staff/get { limit_except POST { healthpass_verify on; } proxy_pass http://venue; }
        }
        location /both { healthpass_policy $dir/other.conf rules=visitors; proxy_pass http://venue; }
        location /again { healthpass_policy $dir/house.conf rules=staff; proxy_pass http://venue; }
        location /strict { healthpass_policy rules=event; error_page 403 = /staff/page; proxy_pass http://venue; }
        location /open { healthpass_verify off; auth_request /check; proxy_pass http://venue; }
        location = /check { healthpass_policy rules=staff; healthpass_check; }
_EOC_
)->start;

my @good = (headers => [ hp_header('good') ]);
sub answers { my ($path, $status) = @_; is($nginx->get($path, @good), $status, "$path: $status") }
answers(@$_) for [ '/own', 403 ], [ '/staff', 200 ], [ '/staff/in', 200 ], [ '/staff/visitors', 403 ], [ '/staff/file', 403 ],
    [ '/staff/other', 200 ], [ '/staff/get', 200 ], [ '/both', 403 ], [ '/again', 200 ], [ '/strict', 200 ], [ '/open', 200 ];

# The last but one: "error_page" leads where another set judges the same pass anew.

# Each set is read by itself, and told of by name; the same pair once.
is($nginx->count(qr{taken up anew}), 0, 'nothing is taken up before it changed');
rules('staff', qw(--pcr 72h));
ok($nginx->wait_for(sub { $nginx->get('/staff', @good) == 403 }, 10), 'a set changes, and is taken up');
is($nginx->count(qr{\Q$dir\E/house\.conf rules=staff: taken up anew}), 1, '... once for all places of it, with its name');
is($nginx->count(qr{house\.conf: taken up anew|rules=(?:visitors|event): taken up anew}), 0, '... and by no other');
answers(@$_) for [ '/staff/in', 403 ], [ '/again', 403 ], [ '/own', 403 ];
rules('staff', qw(--vaccinated any));
ok($nginx->wait_for(sub { $nginx->get('/staff', @good) == 200 }, 10), '... and back: refresh keeps to the set');
house('house', 'rules_set = "event";');
ok($nginx->wait_for(sub { $nginx->count(qr{house\.conf rules=staff: taken up anew}) == 3 }, 10), 'the file changes');
answers(@$_) for [ '/staff', 200 ], [ '/own', 403 ];
rename "$dir/house/staff", "$dir/away" or die $!;
ok($nginx->wait_for(sub { $nginx->count(qr{policy read before stays: \S+: rules: none of the folders in rules holds a folder staff}) >= 1 }, 10),
    'a set that goes away: the log says so');
answers('/staff', 200);
rename "$dir/away", "$dir/house/staff" or die $!;

# A master that starts refuses one that is not there.
sub refused {
    my ($line, $why) = @_;
    $nginx->configure(http => '', main => '', server => "location / { healthpass_verify on; $line }");
    my ($text, $status) = $nginx->check;
    is($status, 1, "$line: refused");
    like($text, $why, '... and why');
}
is($nginx->stop, 0, 'nginx ends well');

# What lies beside the sets applies to nobody: whoever put it there is told.
sub warned { my ($line) = @_;
    $nginx->configure(http => '', main => '', server => "location / { healthpass_verify on; $line }");
    return ($nginx->check)[0] =~ qr{house\.conf\S* (?:rules=staff)?: the set of rules staff: documents beside its folder, in \Q$dir\E/house itself, do not apply} }
my $staff = "healthpass_policy $dir/house.conf rules=staff;";
ok(!warned($staff), 'sets alone: nothing is said');
hp_ctl(qw(rules new --country AT --pcr 24h -o), "$dir/house/state.json");
ok(warned($staff), 'a document beside them: a warning');
unlink "$dir/house/state.json";

refused("healthpass_policy $dir/house.conf rules=nobody;", qr{healthpass: \Q$dir\E/house\.conf: rules: none of the folders in rules holds a folder nobody});
refused("healthpass_policy $dir/house.conf rules=../house;", qr{the set of rules "\.\./house": expected the name of a folder in a folder of rules});
refused("healthpass_policy $dir/policy.conf rules=staff;", qr{policy\.conf: rules: names no rule documents, and so there is no set staff});
done_testing();
