/** The page's entry: settle isolation first, since that may reload the page, then show the app. */
import { mount } from 'svelte';

import App from './ui/App.svelte';
import { settleIsolation } from './ui/isolation.ts';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no element with the id "app".');

if ((await settleIsolation()) !== 'reloading') mount(App, { target });
