// What a status badge says, and in which colour: as a person would call it, whatever notation the style sheet uses.
import type { Locator } from '@playwright/test';

/** A badge, as seen. */
export interface Badge {
  status: string | null;
  label: string;
  colour: 'blue' | 'green' | 'yellow' | 'red' | 'grey';
}

/** Reads the badge of a card in one go, so that status, label and colour belong to one moment. */
export async function badge(card: Locator): Promise<Badge> {
  return card.evaluate((element): Badge => {
    const mark = element.querySelector('.badge');
    if (mark === null) throw new Error('A card has a badge.');
    const style = getComputedStyle(mark);
    const painter = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    if (painter === null) throw new Error('A canvas has a 2D context.');
    // Painting turns oklch(), color-mix() and the like into red, green and blue.
    const hsl = (colour: string) => {
      painter.clearRect(0, 0, 1, 1);
      painter.fillStyle = colour;
      painter.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0, alpha = 0] = painter.getImageData(0, 0, 1, 1).data;
      const max = Math.max(r, g, b);
      const chroma = max - Math.min(r, g, b);
      const sector = chroma === 0 ? 0 : max === r ? ((g - b) / chroma + 6) % 6 : max === g ? (b - r) / chroma + 2 : (r - g) / chroma + 4;
      return { hue: sector * 60, strength: (chroma / 255) * (alpha / 255) };
    };
    // Whatever of the badge has most colour: its text, its ground or its edge.
    const strongest = [style.color, style.backgroundColor, style.borderTopColor].map(hsl).reduce((a, b) => (b.strength > a.strength ? b : a));
    const name = ({ hue, strength }: { hue: number; strength: number }): Badge['colour'] => {
      if (strength < 0.18) return 'grey';
      if (hue < 20 || hue >= 330) return 'red';
      if (hue < 70) return 'yellow';
      return hue < 175 ? 'green' : 'blue';
    };
    return { status: element.getAttribute('data-status'), label: (mark.textContent ?? '').trim(), colour: name(strongest) };
  });
}
