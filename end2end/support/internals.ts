// Internals of a page: its WebAssembly memory, and its progress socket, through which a test can inject updates.
import type { BrowserContext, Page } from '@playwright/test';
import type { ProgressUpdate } from './api';

declare global {
  interface Window {
    wasmMemory?: WebAssembly.Memory;
    progressSocket?: WebSocket;
  }
}

/** Makes both available on `window` in every page that this context opens from now on. */
export async function exposeInternals(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const instantiate = WebAssembly.instantiateStreaming.bind(WebAssembly);
    WebAssembly.instantiateStreaming = async (source, imports) => {
      const module = await instantiate(source, imports);
      window.wasmMemory = module.instance.exports.memory as WebAssembly.Memory;
      return module;
    };
    window.WebSocket = class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        window.progressSocket = this;
      }
    };
  });
}

/** Dispatches the updates to the page as if its socket had received them. The server is not involved. */
export async function injectUpdates(page: Page, updates: readonly ProgressUpdate[]): Promise<void> {
  await page.evaluate((frames) => {
    for (const data of frames) window.progressSocket?.dispatchEvent(new MessageEvent('message', { data }));
  }, updates.map((update) => JSON.stringify(update)));
}

/** Memory in use after garbage collection: JavaScript heap and WebAssembly memory in bytes, and DOM nodes, attached or not. */
export async function measureMemory(page: Page): Promise<{ js: number; wasm: number; nodes: number }> {
  const devtools = await page.context().newCDPSession(page);
  // Finalizers of the first round release objects that only the second collects.
  for (let round = 0; round < 2; round += 1) await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  const { nodes } = await devtools.send('Memory.getDOMCounters');
  await devtools.detach();
  return { js: usedSize, wasm: await page.evaluate(() => window.wasmMemory?.buffer.byteLength ?? 0), nodes };
}
