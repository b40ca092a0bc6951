// The inside of a page: the memory of its module, and the socket it listens to, through which it can be told anything.
import type { BrowserContext, Page } from '@playwright/test';
import type { ProgressUpdate } from './api';

declare global {
  interface Window {
    wasm?: WebAssembly.Memory;
    progressSocket?: WebSocket;
  }
}

/** Opens up every page that this context opens from now on. */
export async function reveal(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const instantiate = WebAssembly.instantiateStreaming.bind(WebAssembly);
    WebAssembly.instantiateStreaming = async (source, imports) => {
      const loaded = await instantiate(source, imports);
      window.wasm = loaded.instance.exports.memory as WebAssembly.Memory;
      return loaded;
    };
    window.WebSocket = class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        window.progressSocket = this;
      }
    };
  });
}

/** Tells the page these states as if its socket had received them. The server knows nothing of it. */
export async function tell(page: Page, states: readonly ProgressUpdate[]): Promise<void> {
  await page.evaluate((frames) => {
    for (const data of frames) window.progressSocket?.dispatchEvent(new MessageEvent('message', { data }));
  }, states.map((state) => JSON.stringify(state)));
}

/** What the page holds when nothing is left to collect: bytes of JavaScript, bytes of the module, nodes attached or not. */
export async function held(page: Page): Promise<{ js: number; wasm: number; nodes: number }> {
  const devtools = await page.context().newCDPSession(page);
  // What is freed by the first round's finalizers goes with the second.
  for (let round = 0; round < 2; round += 1) await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  const { nodes } = await devtools.send('Memory.getDOMCounters');
  await devtools.detach();
  return { js: usedSize, wasm: await page.evaluate(() => window.wasm?.buffer.byteLength ?? 0), nodes };
}
