/**
 * What stands before the @ of mailboxes that belong to a post rather than a person (RFC 2142 and what is common in English,
 * Russian and German speaking companies). Several people read them, nobody of whom has agreed to anything; "spam" costs nobody an effort.
 */
export const roleNames = [
  'abuse', 'accounting', 'accounts', 'admin', 'administrator', 'all', 'analytics', 'anfrage', 'billing', 'booking', 'bookkeeping', 'buero', 'buh', 'buhgalter', 'buhgalteria', 'business', 'careers', 'cc', 'client', 'clients', 'commerce', 'company', 'contact', 'contacts',
  'customer', 'customers', 'customerservice', 'datenschutz', 'delivery', 'devnull', 'dev', 'director', 'direktor', 'dostavka', 'email', 'enquiries', 'enquiry', 'everyone', 'feedback', 'finance', 'ftp', 'general', 'head', 'hello', 'help', 'helpdesk', 'hostmaster', 'hr', 'info', 'info1', 'inbox', 'inquiries', 'inquiry', 'invoice',
  'invoices', 'it', 'jobs', 'kadry', 'kanzlei', 'klient', 'kontakt', 'kontakty', 'legal', 'list', 'list-request', 'mail', 'mailbox', 'mailer-daemon', 'manager', 'marketing', 'media', 'menedzher', 'moderator', 'news', 'newsletter', 'no-reply', 'nobody', 'noc', 'noreply', 'null', 'office', 'ofis', 'opt', 'optom', 'order', 'orders', 'otdel',
  'partner', 'partners', 'personal', 'phish', 'phishing', 'pochta', 'post', 'postbox', 'postmaster', 'pr', 'press', 'pressa', 'priemnaya', 'privacy', 'prodaji', 'prodazhi', 'purchase', 'purchasing', 'reception', 'recruiting', 'registrar', 'reklama', 'rezeption', 'root', 'sale', 'sales', 'sbyt', 'secretary', 'sekretar', 'security', 'service', 'shop', 'site', 'snab',
  'snabzhenie', 'spam', 'staff', 'subscribe', 'support', 'supply', 'sysadmin', 'team', 'tech', 'tender', 'tenders', 'test', 'undisclosed-recipients', 'unsubscribe', 'usenet', 'uucp', 'verkauf', 'vertrieb', 'vopros', 'web', 'webmaster', 'welcome', 'www', 'zakaz', 'zakupki', 'zayavka',
  'бухгалтерия', 'заказ', 'инфо', 'офис', 'почта', 'продажи', 'реклама',
]
