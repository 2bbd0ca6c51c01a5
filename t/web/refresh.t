# Changed files are taken up without a reload; a bad one keeps what was read before.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use Test::More;
use Time::HiRes 'sleep';

my $dir = hp_dir();
my $policy = hp_policy('changing');
my $nginx = HP::Server->new(
    http => "healthpass_policy $policy; healthpass_refresh 100ms;",
    server => <<"_EOC_",
        client_body_buffer_size 64k;
        healthpass_verify on;
        location / { proxy_pass http://venue; }
        location /other { healthpass_policy $dir/policy.conf; proxy_pass http://venue; }
_EOC_
)->start;

my @good = (headers => [ hp_header('good') ]);
my @stranger = (headers => [ hp_header('stranger') ]);

# Waits until the answer is this status.
sub becomes {
    my ($status, $name, @request) = @_;
    ok($nginx->wait_for(sub { $nginx->get('/', @request) == $status }, 10), $name);
}

# Waits for one more line, and then for a second one that must not come.
sub told_once {
    my ($pattern, $name) = @_;
    ok($nginx->wait_for(sub { $nginx->count($pattern) >= 1 }, 10), $name);
    sleep 0.5;
    is($nginx->count($pattern), 1, '... once');
    my ($line) = grep { /$pattern/ } split /\n/, $nginx->error_log;
    like($line // '', qr/\[error\]/, '... as an error');
}

# In one step: a worker may look while a file of another name is still in the folder.
sub put_in {
    my ($name, $text) = @_;
    hp_write("$dir/$name", $text);
    rename "$dir/$name", "$dir/trust.d/$name" or die "$dir/trust.d: $!";
}

is($nginx->get('/', @good), 200, 'the first policy');
is($nginx->get('/', @stranger), 403, 'trusts not everybody');
sleep 0.3;
is($nginx->count('taken up anew'), 0, 'nothing changed, nothing read');

# a new signer in the folder
put_in('stranger.pem', HP::Server::slurp("$dir/stranger/issuer.pem"));
becomes(200, 'a new signer is taken up', @stranger);
like($nginx->error_log, qr{\[notice\] .* healthpass: \Q$policy\E: taken up anew, 4 keys}, 'the log says so');
is($nginx->get('/', @good), 200, 'the others stay');
unlink "$dir/trust.d/stranger.pem";
becomes(403, 'and taken back', @stranger);

# another rule
is($nginx->get('/', headers => [ hp_header('positive') ]), 403, 'a positive test');
hp_policy('changing', 'web = { rules = "authentic-only"; };');
becomes(200, 'is none of our business with authentic-only', headers => [ hp_header('positive') ]);
like($nginx->error_log, qr{\[warn\] .* healthpass: \Q$policy\E: rules = authentic-only: a positive test}, '... which is warned of');
is($nginx->get('/other', headers => [ hp_header('positive') ]), 403, 'another policy has its own rules');

# broken, broken otherwise, gone, whole again
hp_write($policy, "trust = \"$dir/trust.d\";\nrulez = \"minimal\";\n");
told_once(qr{healthpass: the policy read before stays: \Q$policy\E:2: .*rulez}, 'a broken file');
is($nginx->get('/', @good), 200, '... the old policy judges');
is($nginx->get('/', headers => [ hp_header('positive') ]), 200, '... by its rules');
is($nginx->get('/', @stranger), 403, '... and refuses');
hp_write($policy, "trust = \"$dir/trust.d\";\nformatz = [ \"hc1\" ];\n");
told_once(qr{the policy read before stays: \Q$policy\E:2: .*formatz}, 'broken otherwise');
unlink $policy;
told_once(qr{the policy read before stays: \Q$policy\E: No such file}, 'gone');
is($nginx->get('/', @good), 200, '... the old policy judges');
hp_policy('changing');
becomes(403, 'whole again: the first rules are back', headers => [ hp_header('positive') ]);

# a certificate that is none
put_in('broken.pem', "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
ok($nginx->wait_for(sub { $nginx->count(qr{trust\.d/broken\.pem}) >= 1 }, 10), 'a broken certificate is named');
is($nginx->get('/', @good), 200, '... the others stay trusted');
unlink "$dir/trust.d/broken.pem";
sleep 0.4;
is($nginx->get('/', @good), 200, '... and after it has gone');

# nobody trusted any more: never an open door
rename "$dir/trust.d", "$dir/away.d" or die $!;
mkdir "$dir/trust.d";
becomes(503, 'the trust folder is empty', @good);
is($nginx->get('/'), 401, '... no pass is still no pass');
is($nginx->get('/', headers => [ hp_header('forged') ]), 503, '... nothing can be judged');
ok($nginx->count(qr{\[error\] .*healthpass: \Q$policy\E: no trusted key is left}) == 1, '... said once');
rmdir "$dir/trust.d";
rename "$dir/away.d", "$dir/trust.d" or die $!;
becomes(200, 'filled again', @good);

is($nginx->stop, 0, 'nginx ends well');

# a folder that is being replaced, not by rename
my $slow = HP::Server->new(
    http => "healthpass_policy $policy; healthpass_refresh 5s;",
    server => 'healthpass_verify on; location / { proxy_pass http://venue; }',
)->start;
is($slow->get('/', @good), 200, 'a slow refresh');
rename "$dir/trust.d", "$dir/away.d" or die $!;
ok($slow->wait_for(sub { $slow->get('/', @good) == 503 }, 10), 'sees that the folder is gone');
rename "$dir/away.d", "$dir/trust.d" or die $!;
ok($slow->wait_for(sub { $slow->get('/', @good) == 200 }, 4), '... and looks again soon');
is($slow->stop, 0, 'nginx ends well');
unlike($nginx->error_log, qr/\[(alert|crit|emerg)\]/, 'and complained of nothing');
done_testing();
