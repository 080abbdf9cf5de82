import { TransactionNews } from '../../transaction-changes.ts';
import type { TransactionDrills } from '../../transaction-drills.ts';

/** What one transaction gathers, to be written before it ends. */
export class Gathered {
  readonly news = new TransactionNews();
  readonly drills: TransactionDrills;

  constructor(drills: TransactionDrills) {
    this.drills = drills;
  }

  /** Number of its log items. */
  get items(): number {
    return this.news.items;
  }
}
