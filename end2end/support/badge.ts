// The label and the colour of a status badge. The colour is a name ("blue"), so that tests do not depend on the style sheet's notation.
import type { Locator } from '@playwright/test';

export interface Badge {
  status: string | null;
  label: string;
  colour: 'blue' | 'green' | 'yellow' | 'red' | 'grey';
}

/** Reads all three in one evaluation, so that they belong to the same moment. */
export async function readBadge(card: Locator): Promise<Badge> {
  return card.evaluate((element): Badge => {
    const badge = element.querySelector('.badge');
    if (badge === null) throw new Error('The card has no badge.');
    const style = getComputedStyle(badge);
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    if (canvas === null) throw new Error('The canvas has no 2D context.');
    // Painting converts oklch(), color-mix() and the like to RGB.
    const toHue = (colour: string) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data;
      const max = Math.max(r, g, b);
      const chroma = max - Math.min(r, g, b);
      const sector = chroma === 0 ? 0 : max === r ? ((g - b) / chroma + 6) % 6 : max === g ? (b - r) / chroma + 2 : (r - g) / chroma + 4;
      return { hue: sector * 60, saturation: (chroma / 255) * (alpha / 255) };
    };
    // Text, background or border: whichever is the most saturated.
    const dominant = [style.color, style.backgroundColor, style.borderTopColor].map(toHue).reduce((a, b) => (b.saturation > a.saturation ? b : a));
    const nameOf = ({ hue, saturation }: { hue: number; saturation: number }): Badge['colour'] => {
      if (saturation < 0.18) return 'grey';
      if (hue < 20 || hue >= 330) return 'red';
      if (hue < 70) return 'yellow';
      return hue < 175 ? 'green' : 'blue';
    };
    return { status: element.getAttribute('data-status'), label: (badge.textContent ?? '').trim(), colour: nameOf(dominant) };
  });
}
