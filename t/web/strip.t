# What reaches the upstream.
use lib 't/web/lib';
use HP;
use Test::Nginx::Socket 'no_plan';

repeat_each(2);
hp_blocks();
run_tests();

__DATA__

=== TEST 1: a header is gone, wherever it stands among the others
--- http_config
    server {
        listen unix:$TEST_NGINX_HTML_DIR/echo.sock;
        location / { return 200 "[$http_x_health_pass][$http_x_before][$http_x_after][$host][$http_user_agent]\n"; }
    }
--- config
    location / { healthpass_verify on; proxy_set_header Host $host; proxy_pass http://unix:$TEST_NGINX_HTML_DIR/echo.sock; }
--- pipelined_requests eval
["GET /first", "GET /middle", "GET /last", "GET /many"]
--- more_headers eval
my $pass = HP::hp_header('good');
[$pass . "X-Before: b\nX-After: a\n", "X-Before: b\n${pass}X-After: a\n", "X-Before: b\nX-After: a\n$pass",
 CORE::join('', map "X-$_: y\n", 1 .. 40) . "X-Before: b\n${pass}X-After: a\n" . CORE::join('', map "X-$_: y\n", 41 .. 80)]
--- response_body eval
["[][b][a][localhost][]\n", "[][b][a][localhost][]\n", "[][b][a][localhost][]\n", "[][b][a][localhost][]\n"]



=== TEST 2: off: it is passed on
--- config
    location / { healthpass_verify on; healthpass_strip off; proxy_pass http://venue; }
--- request
GET /
--- more_headers eval
HP::hp_header('good')
--- response_body_like: pass=\[HC1:



=== TEST 3: a cookie goes, its neighbours stay; a line without any goes too
--- config
    location / { healthpass_verify on; healthpass_source cookie:hp; proxy_pass http://venue; }
--- pipelined_requests eval
["GET /1", "GET /2", "GET /3", "GET /4", "GET /5", "GET /6"]
--- more_headers eval
my $hp = "hp=" . HP::hp_encoded('good');
["Cookie: $hp\n", "Cookie: a=1; $hp; b=2\n", "Cookie: $hp; a=1\n", "Cookie: a=1; $hp\n",
 "Cookie: a=1;$hp;b=2;c\n", "Cookie:  a=1 ; $hp;; b = 2 \n"]
--- response_body_like eval
[qr/cookie=\[\]/, qr/cookie=\[a=1; b=2\]/, qr/cookie=\[a=1\]/, qr/cookie=\[a=1\]/, qr/cookie=\[a=1; b=2; c\]/,
 qr/cookie=\[a=1; b = 2\]/]



=== TEST 4: a bearer token takes Authorization along; Basic stays
--- config
    location / { healthpass_verify on; healthpass_source bearer header:X-Health-Pass; proxy_pass http://venue; }
--- pipelined_requests eval
["GET /1", "GET /2"]
--- more_headers eval
["Authorization: Bearer " . HP::hp_encoded('good') . "\n", "Authorization: Basic dTpw\n" . HP::hp_header('good')]
--- response_body_like eval
[qr/pass=\[\] .*auth=\[\]/, qr/pass=\[\] .*auth=\[Basic dTpw\]/]



=== TEST 5: no other pass than the one judged; what is no source here stays
--- config
    location /all { healthpass_verify on; healthpass_source cookie:hp header:X-Health-Pass bearer; proxy_pass http://venue; }
    location /form { healthpass_verify on; healthpass_source form:pass cookie:hp bearer; proxy_pass http://venue; }
    location /ask { auth_request /check; proxy_pass http://venue; }
    location = /check { internal; healthpass_check; healthpass_source header:X-Health-Pass cookie:hp bearer; }
--- request eval
my $form = "pass=" . HP::hp_encoded('good');
["GET /all/1", "GET /all/2", "POST /form\n$form", "GET /ask"]
--- more_headers eval
my $hp = "hp=" . HP::hp_encoded('good');
my $others = "Cookie: a=1;$hp; b=2\nCookie: c=3;d=4\nX-Health-Pass: mine\n";
["${others}Authorization: Bearer other\n", "${others}Authorization: Basic dTpw\n",
 "Content-Type: application/x-www-form-urlencoded\n${others}Authorization: bearer other\n",
 HP::hp_header('good') . "Cookie: hp=other; a=1\nAuthorization: Bearer other\n"]
--- response_body_like eval
[qr/pass=\[\] cookie=\[a=1; b=2; c=3;d=4\] auth=\[\]/, qr/pass=\[\] cookie=\[a=1; b=2; c=3;d=4\] auth=\[Basic dTpw\]/,
 qr/pass=\[mine\] cookie=\[a=1; b=2; c=3;d=4\] auth=\[\]/, qr/pass=\[\] cookie=\[a=1\] auth=\[\]/]



=== TEST 6: in a dry run too, also what was given twice
--- config
    location / { healthpass_verify on; healthpass_dry_run on; proxy_pass http://venue; }
--- pipelined_requests eval
["GET /1", "GET /2"]
--- more_headers eval
[HP::hp_header('forged'), HP::hp_header('good') . "X-Else: x\n" . HP::hp_header('good')]
--- response_body_like eval
[qr/^venue: .*pass=\[\]/, qr/^venue: .*pass=\[\]/]



=== TEST 7: a header is all that a request has
--- config
    location / { healthpass_verify on; proxy_pass http://venue; }
--- raw_request eval
"GET / HTTP/1.0\r\nX-Health-Pass: " . HP::hp_pass('good') . "\r\n\r\n"
--- response_body_like: ^venue: GET / pass=\[\]



=== TEST 8: a body is passed on as it came
--- config
    location / { healthpass_verify on; proxy_pass http://venue; }
--- request eval
"POST /\npass=" . HP::hp_encoded('good')
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body_like eval
"length=\\[" . (5 + length HP::hp_encoded('good')) . "\\]"
