# Internal redirects run the access phase again: the verdict is found again, judged and
# logged once, and the pass is still known after it was stripped.
use lib 't/web/lib';
use HP;
use Test::Nginx::Socket 'no_plan';

repeat_each(2);
hp_blocks();
run_tests();

__DATA__

=== TEST 1: index: two access phases, one verdict
--- config
    location / { healthpass_verify on; root html; index page.html; }
--- user_files
>>> dir/page.html
the page
--- request
GET /dir/
--- more_headers eval
HP::hp_header('good')
--- response_body
the page
--- grep_error_log eval: qr/healthpass access handler|healthpass pass judged/
--- grep_error_log_out
healthpass access handler
healthpass pass judged
healthpass access handler



=== TEST 2: try_files with a URI, and the variables behind it
--- config
    location / { healthpass_verify on; root html; try_files $uri /entry; }
    location /entry {
        healthpass_verify on;
        proxy_set_header X-Verdict $healthpass_verdict;
        proxy_pass http://venue;
    }
--- request eval
["GET /none", "GET /none"]
--- more_headers eval
[HP::hp_header('good'), ""]
--- error_code eval
[200, 401]
--- response_body_like eval
[qr/^venue: GET \/entry pass=\[\].*verdict=\[accepted\]/, qr/401/]



=== TEST 3: try_files to a named location, and to one that does not verify
--- config
    location / { healthpass_verify on; root html; try_files $uri @app; }
    location /open { healthpass_verify on; root html; try_files $uri @plain; }
    location @app { healthpass_verify on; proxy_set_header X-Verdict $healthpass_verdict; proxy_pass http://venue; }
    location @plain { proxy_set_header X-Verdict $healthpass_verdict; proxy_pass http://venue; }
--- request eval
["GET /none", "GET /open/none"]
--- more_headers eval
HP::hp_header('good')
--- error_code eval
[200, 200]
--- response_body_like eval
[qr/verdict=\[accepted\]/, qr/verdict=\[accepted\]/]



=== TEST 4: optional: no line for nobody, and the same answer behind the redirect
--- config
    location / { healthpass_verify optional; root html; try_files $uri /entry; }
    location /entry { healthpass_verify on; proxy_pass http://venue; }
--- request eval
["GET /none", "GET /none"]
--- more_headers eval
["", HP::hp_header('good')]
--- error_code eval
[401, 200]



=== TEST 5: another policy behind the redirect: judged again, from the text kept
--- config
    location / { healthpass_verify on; root html; try_files $uri /strict; }
    location /strict { healthpass_verify on; healthpass_policy $TEST_NGINX_HP/strangers.conf; proxy_pass http://venue; }
    location /back { healthpass_verify on; healthpass_policy $TEST_NGINX_HP/strangers.conf; root html; try_files $uri /strict; }
--- request eval
["GET /none", "GET /back", "GET /back"]
--- more_headers eval
[HP::hp_header('good'), HP::hp_header('stranger'), HP::hp_header('good')]
--- error_code eval
[403, 200, 403]



=== TEST 6: other sources behind the redirect: found again there, the first one decides
--- config
    location / { healthpass_verify on; healthpass_source header:X-Health-Pass; root html; try_files $uri /next; }
    location /next { healthpass_verify on; healthpass_source cookie:hp header:x-health-pass; proxy_pass http://venue; }
--- request eval
["GET /none", "GET /none", "GET /none"]
--- more_headers eval
[HP::hp_header('good'), HP::hp_header('good') . "Cookie: hp=" . HP::hp_encoded('forged') . "\n",
 HP::hp_header('good') . "Cookie: hp=" . HP::hp_encoded('good') . "\n"]
--- error_code eval
[200, 403, 200]



=== TEST 7: a form's pass is known behind an error page's redirect
--- config
    location / { healthpass_verify on; proxy_pass http://venue; proxy_intercept_errors on; error_page 404 /gone; }
    location = /gone { healthpass_verify on; proxy_set_header X-Verdict $healthpass_verdict; proxy_pass http://venue; }
    location /missing { healthpass_verify on; root html; error_page 404 405 =200 /gone; }
--- request eval
["POST /missing\npass=" . HP::hp_encoded('good'), "POST /missing\npass=" . HP::hp_encoded('forged')]
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- error_code eval
[200, 403]
--- response_body_like eval
[qr/^venue: GET \/gone.*verdict=\[accepted\]/, qr/403/]



=== TEST 8: X-Accel-Redirect into a protected location
--- http_config
    server { listen unix:$TEST_NGINX_HTML_DIR/accel.sock; add_header X-Accel-Redirect /hall; location / { return 200; } }
--- config
    location / { healthpass_verify on; proxy_pass http://unix:$TEST_NGINX_HTML_DIR/accel.sock; }
    location /hall { internal; healthpass_verify on; proxy_set_header X-Verdict $healthpass_verdict; proxy_pass http://venue; }
--- request
GET /x
--- more_headers eval
HP::hp_header('good')
--- response_body_like: verdict=\[accepted\]



=== TEST 9: a variable asked before the access phase does not freeze
--- http_config
    map $healthpass_verdict $hp_early { default "early:$healthpass_verdict"; }
--- config
    set $copy $healthpass_verdict;
    location / {
        if ($healthpass_reason = "ok") { return 500; }
        healthpass_verify on;
        proxy_set_header X-Verdict "$copy/$healthpass_verdict";
        proxy_pass http://venue;
    }
--- request
GET /x
--- more_headers eval
HP::hp_header('good')
--- response_body_like: verdict=\[/accepted\]



=== TEST 10: a refusal is logged once, by the location that judged last
--- config
    location / { healthpass_verify on; root html; try_files $uri /strict; }
    location /strict {
        healthpass_verify on;
        healthpass_policy $TEST_NGINX_HP/strangers.conf;
        error_page 403 /again;
        proxy_pass http://venue;
    }
    location /again {
        healthpass_verify on;
        healthpass_policy $TEST_NGINX_HP/strangers.conf;
        healthpass_source header:x-health-pass;
        proxy_pass http://venue;
    }
--- request
GET /none
--- more_headers eval
HP::hp_header('good')
--- error_code: 403
--- grep_error_log eval: qr/healthpass: refused, reason=[\w-]+|healthpass pass judged/
--- grep_error_log_out
healthpass pass judged
healthpass pass judged
healthpass: refused, reason=signer-unknown



=== TEST 11: nobody's pass is a line only where it is a refusal
--- config
    location / { healthpass_verify optional; root html; try_files $uri /entry; }
    location /entry { healthpass_verify on; proxy_pass http://venue; }
--- request
GET /none
--- error_code: 401
--- grep_error_log eval: qr/healthpass: refused, reason=[\w-]+/
--- grep_error_log_out
healthpass: refused, reason=no-pass



=== TEST 12: what was stripped unseen, as another source came first, is found again too
--- config
    location / {
        healthpass_verify on;
        healthpass_source header:X-Health-Pass cookie:hp bearer;
        root html;
        try_files $uri /next$uri;
    }
    location /next/cookie { healthpass_verify on; healthpass_source cookie:hp; proxy_pass http://venue; }
    location /next/bearer { healthpass_verify on; healthpass_source bearer; proxy_pass http://venue; }
--- request eval
["GET /cookie", "GET /cookie", "GET /cookie", "GET /bearer"]
--- more_headers eval
[HP::hp_header('good') . "Cookie: hp=" . HP::hp_encoded('child') . "\n",
 HP::hp_header('good') . "Cookie: hp=" . HP::hp_encoded('forged') . "\n",
 HP::hp_header('good') . "Authorization: Bearer " . HP::hp_encoded('child') . "\n",
 HP::hp_header('good') . "Authorization: Bearer " . HP::hp_encoded('child') . "\n"]
--- error_code eval
[200, 403, 401, 200]
--- response_body_like eval
[qr/pass=\[\] cookie=\[\]/, qr/403/, qr/401/, qr/pass=\[\] cookie=\[\] auth=\[\]/]
