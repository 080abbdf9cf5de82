/** Everything that needs a real Chromium: apt-get install chromium */
import './client.ts';
import './dashboard.ts';
import './example.ts';
