# What nginx -t says to each directive that is wrong, and to what it should warn of.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use Test::More;

my $dir = hp_dir();
my $nginx = HP::Server->new(server => '');
my $conf = "$nginx->{dir}/nginx.conf";

# What nginx -t prints, without what is not about healthpass.
sub check {
    my ($server, %more) = @_;
    $nginx->configure(http => '', main => '', server => $server, %more);
    my ($text, $status) = $nginx->check;
    $text =~ s/^nginx: the configuration file .*\n|^nginx: configuration file .*\n//mg;
    return ($text, $status);
}

sub refused {
    my ($server, $message, $name, %more) = @_;
    my ($text, $status) = check($server, %more);
    is($status, 1, ($name // $server) . ': refused');
    my $place = $message =~ /^unknown ".*" variable$/ ? '' : qr/ in \Q$conf\E:\d+/;
    like($text, qr/^nginx: \[emerg\] \Q$message\E$place$/m, '... and why');
}

sub warned {
    my ($server, $message, %more) = @_;
    my ($text, $status) = check($server, %more);
    is($status, 0, "$server: taken");
    like($text, qr/^nginx: \[warn\] \Q$message\E( in \Q$conf\E:\d+)?$/m, '... with a warning');
}

sub quiet {
    my ($server, %more) = @_;
    my ($text, $status) = check($server, %more);
    is($status, 0, "$server: taken");
    is($text, '', '... without a word');
}

my $roomy = 'client_body_buffer_size 64k;';

# ---- what is wrong ---------------------------------------------------------------

my @switches = (
    [ 'healthpass_verify maybe;', 'invalid value "maybe"' ],
    [ 'healthpass_verify;', 'invalid number of arguments in "healthpass_verify" directive' ],
    [ 'healthpass_verify on; healthpass_verify on;', '"healthpass_verify" directive is duplicate' ],
    [ 'healthpass_policy a b;', 'invalid parameter "b"' ],
    [ 'healthpass_policy "";', 'invalid parameter ""' ],
    [ 'healthpass_policy rules=;', 'invalid parameter "rules="' ],
    [ 'healthpass_policy rules=a rules=b;', 'invalid parameter "rules=b"' ],
    [ 'healthpass_policy rules=a b;', 'invalid parameter "b"' ],
    [ 'healthpass_policy a rules=b c;', 'invalid number of arguments in "healthpass_policy" directive' ],
    [ 'healthpass_policy a; healthpass_policy rules=b;', '"healthpass_policy" directive is duplicate' ],
    [ 'healthpass_policy rules=b; healthpass_policy a;', '"healthpass_policy" directive is duplicate' ],
    [ 'healthpass_strip yes;', 'invalid value "yes" in "healthpass_strip" directive, it must be "on" or "off"' ],
    [ 'healthpass_dry_run 1;', 'invalid value "1" in "healthpass_dry_run" directive, it must be "on" or "off"' ],
    [ 'healthpass_dry_run off; healthpass_dry_run off;', '"healthpass_dry_run" directive is duplicate' ],
    [ 'healthpass_log_level debug;', 'invalid value "debug"' ],
    [ 'healthpass_body_max 64kb;', '"healthpass_body_max" directive invalid value' ],
    [ 'healthpass_body_max -1;', '"healthpass_body_max" directive invalid value' ],
    [ 'healthpass_body_max 0;', '"healthpass_body_max" directive must not be 0' ],
    [ 'healthpass_realm a b;', 'invalid number of arguments in "healthpass_realm" directive' ],
    [ 'healthpass_realm $hp_no_such;', 'unknown "hp_no_such" variable' ],
    [ 'healthpass_www_authenticate off; healthpass_www_authenticate off;',
      '"healthpass_www_authenticate" directive is duplicate' ],
);
refused(@$_) for @switches;

my $expected = 'expected header:NAME, cookie:NAME, arg:NAME, form:NAME, multipart:NAME, '
    . 'json:/POINTER, body, bearer or a $variable';
my @sources = (
    [ 'heder:X', "invalid source \"heder:X\", $expected" ],
    [ 'header', "invalid source \"header\", $expected" ],
    [ 'body:pass', "invalid source \"body:pass\", $expected" ],
    [ 'Bearer', "invalid source \"Bearer\", $expected" ],
    [ '""', "invalid source \"\", $expected" ],
    [ 'header:', 'source "header:" lacks a name' ],
    [ 'form:', 'source "form:" lacks a name' ],
    [ '"header:X Y"', 'invalid name in source "header:X Y"' ],
    [ 'cookie:a=b', 'invalid name in source "cookie:a=b"' ],
    [ 'form:[]', 'source "form:[]" lacks a name' ],
    [ 'cookie:hp[]', 'invalid name in source "cookie:hp[]"' ],
    [ 'form:pass[] form:pass[]', 'source "form:pass[]" is given twice' ],
    [ 'multipart:[]', 'source "multipart:[]" lacks a name' ],
    (map { [ "json:$_", "invalid JSON pointer in source \"json:$_\", expected for example \"json:/guest/pass\"" ] }
        'pass', '/~2', '/a/~', 'a[]', '/' . 'x' x 129),
    [ 'json:', 'source "json:" lacks a name' ],
    [ 'body body', 'source "body" is given twice' ],
    [ 'header:X-A header:x-a', 'source "header:x-a" is given twice' ],
    [ '$http_x_a $HTTP_X_A', 'source "$HTTP_X_A" is given twice' ],
    [ '$request_body', 'source "$request_body" is empty before the body was read, use "form:NAME", "multipart:NAME", "json:/POINTER" or "body"' ],
    [ '$', 'invalid source "$", expected the name of one variable after "$"' ],
    [ '$a$b', 'invalid source "$a$b", expected the name of one variable after "$"' ],
    [ '$hp_no_such', 'unknown "hp_no_such" variable' ],
);
refused("healthpass_source $_->[0];", $_->[1]) for @sources;
for my $name (qw(Cookie authorization Host Content-Type)) {
    refused("healthpass_source header:$name;", "source \"header:$name\" is a header with a meaning of its own, "
        . 'use "cookie:NAME", "bearer" or a header such as "header:X-Health-Pass"');
}
refused('healthpass_source bearer; healthpass_source body;', '"healthpass_source" directive is duplicate');

refused('healthpass_expose name;', 'there is no variable "$healthpass_name" to expose');
refused('healthpass_expose persons;', 'there is no variable "$healthpass_persons" to expose');
refused('healthpass_expose kid kid;', '"kid" is given twice');
refused('healthpass_expose kid; healthpass_expose rule;', '"healthpass_expose" directive is duplicate');
refused('add_header X $healthpass_persons;', 'unknown "healthpass_persons" variable');

refused('healthpass_check;', '"healthpass_check" directive is not allowed here');
refused("location / { healthpass_check show=$_; }", "invalid parameter \"show=$_\", expected \"name\", \"dob\" or \"name,dob\"")
    for '', 'name,dob,kid', 'name,name', ',name', 'name,', 'Name';
refused('location / { healthpass_check show=name dob; }', 'invalid parameter "dob"');
refused('location / { healthpass_check quick; }', 'invalid parameter "quick"');
refused('location / { healthpass_check; healthpass_check; }', '"healthpass_check" directive is duplicate');
refused('healthpass_status;', '"healthpass_status" directive is not allowed here');
refused("location / { healthpass_status $_; }",
    "invalid parameter \"$_\", it must be \"json\", \"prometheus\", \"ready\" or \"top\"")
    for qw(jso jsonl Ready off);
refused('location / { healthpass_status json ready; }', 'invalid number of arguments in "healthpass_status" directive');
refused('location / { healthpass_status; healthpass_status ready; }', '"healthpass_status" directive is duplicate');
refused('location / { healthpass_check; healthpass_status; }',
    '"healthpass_status" directive and "healthpass_check" cannot both answer in one location');
refused('location / { healthpass_status; healthpass_check; }',
    '"healthpass_check" directive and "healthpass_status" cannot both answer in one location');
refused('location / { if ($arg_x) { healthpass_status; } }', '"healthpass_status" directive is not allowed here');
refused('location / { if ($arg_x) { healthpass_verify on; } }',
    '"healthpass_verify" directive is not allowed here');

refused('healthpass_refresh 5s;', '"healthpass_refresh" directive is not allowed here');
refused('', '"healthpass_refresh" directive must be at least 100ms', 'a refresh of nothing',
    http => 'healthpass_refresh 0;');
refused('', '"healthpass_refresh" directive invalid value', 'a refresh of words',
    http => 'healthpass_refresh soon;');

# ---- the policy ------------------------------------------------------------------

sub policy_refused {
    my ($text, $message, $name) = @_;
    my $file = hp_write("$dir/broken.conf", $text);
    my ($said, $status) = check("$roomy healthpass_verify on; healthpass_policy $file;");
    is($status, 1, "$name: refused");
    like($said, qr/^nginx: \[emerg\] healthpass: $message in \Q$conf\E:\d+$/m, '... and why, with file and line');
}

policy_refused("trust = \"$dir/trust.d\";\nrulez = \"minimal\";\n", qr{\Q$dir\E/broken\.conf:2: .*rulez.*}, 'an unknown key');
policy_refused("trust = \"$dir/trust.d\"\nrules = \n", qr{\Q$dir\E/broken\.conf:\d+: .*}, 'a syntax error');
policy_refused("rules = \"minimal\";\n", qr{\Q$dir\E/broken\.conf: .*trust.*}, 'no trust');
policy_refused("trust = \"$dir/gone.d\";\nrules = \"minimal\";\n", qr{.*\Q$dir\E/gone\.d.*}, 'a trust folder that is not there');

my ($said, $status) = check("$roomy healthpass_verify on; healthpass_policy $dir/gone.conf;");
is($status, 1, 'a policy that is not there: refused');
like($said, qr{\[emerg\] healthpass: \Q$dir\E/gone\.conf: No such file}, '... by its name');

SKIP: {
    skip '/etc/healthpass is in use here', 2 if -e '/etc/healthpass/policy.conf';
    ($said, $status) = check("$roomy healthpass_verify on;", http => '# healthpass_policy is left out');
    is($status, 1, 'the policy by default');
    like($said, qr{\[emerg\] healthpass: /etc/healthpass/policy\.conf: }, '... is that of /etc');
}

hp_write("$nginx->{dir}/near.conf", "trust = \"$dir/trust.d\";\nrules = \"authentic-only\";\n");
($said, $status) = check("$roomy healthpass_verify on; healthpass_policy near.conf;");
is($status, 0, 'a relative path is relative to nginx.conf');
like($said, qr{\[warn\] healthpass: \Q$nginx->{dir}\E/near\.conf: .*identity_key}, 'the policy warns too');

quiet('healthpass_verify off; healthpass_policy /nowhere/policy.conf;');

# ---- what is warned of -----------------------------------------------------------

my $disk = 'healthpass: client_body_buffer_size (16384) is below healthpass_body_max (65536): '
    . 'a request body between them is written to disk with the pass in it';
warned('client_body_buffer_size 16k; healthpass_verify on;', $disk);
($said) = check('client_body_buffer_size 16k; healthpass_verify on; location /a { } location /b { }');
is(() = $said =~ /written to disk/g, 1, 'told once, not once a location');
quiet("$roomy healthpass_verify on;");
quiet('client_body_buffer_size 16k; healthpass_verify on; healthpass_source bearer cookie:hp $http_x_pass;');
quiet('client_body_buffer_size 16k; healthpass_verify on; healthpass_body_max 16k;');
quiet('client_body_buffer_size 16k;');
for my $name (qw(arg:pass $arg_pass $ARG_PASS $args $query_string $request $request_uri $uri $document_uri)) {
    warned("$roomy healthpass_source $name;",
        "source \"$name\" puts the pass into access logs, error logs and browser histories");
}
quiet("$roomy healthpass_source cookie:HP cookie:hp form:HP form:hp \$http_x_pass;");

my $under = 'healthpass: source "header:X_Pass" finds nothing: nginx drops headers with "_" unless '
    . '"underscores_in_headers" is on';
warned("$roomy healthpass_verify on; healthpass_source header:X_Pass;", $under);
($said) = check("$roomy healthpass_verify on; healthpass_source header:X_Pass; location /a { } location /b { }");
is(() = $said =~ /finds nothing/g, 1, 'told once, not once a location');
quiet("$roomy healthpass_verify on; healthpass_source header:X_Pass; underscores_in_headers on;");
quiet("$roomy healthpass_verify on; healthpass_source header:X_Pass; ignore_invalid_headers off;");
quiet("$roomy healthpass_source header:X_Pass;");
warned("$roomy healthpass_dry_run on;", '"healthpass_dry_run on" lets everybody in');
warned("$roomy location /check { internal; healthpass_check; healthpass_source bearer form:pass; }",
    'healthpass: location "/check" is internal: in a subrequest "form:pass" finds nothing');
quiet("$roomy location /check { internal; healthpass_check; }");
quiet("$roomy location /check { internal; healthpass_check; healthpass_source bearer; }");

# ---- what is right ---------------------------------------------------------------

quiet(<<"_EOC_", http => "$roomy healthpass_refresh 5s; healthpass_strip off; healthpass_verify optional;");
    healthpass_verify on;
    healthpass_source header:X-Pass cookie:hp form:pass body bearer \$http_x_old;
    healthpass_body_max 8k;
    healthpass_dry_run off;
    healthpass_expose verdict reason stage format kind issuer kid valid_until rule source pass_id problem reference;
    healthpass_log_level notice;
    healthpass_realm "\$host";
    healthpass_www_authenticate off;
    location / { limit_except GET { healthpass_verify on; healthpass_strip off; } }
    location /check { healthpass_check; }
_EOC_

# The old and the new configuration live side by side during a reload, each ends well.
unlike($nginx->error_log, qr/\[alert\]/, 'nothing is left behind');
done_testing();
