// SPDX-License-Identifier: GPL-2.0-only
/*
 * Private data of a page: buffers, by which a file system writes to parts of a
 * page of its file without the page lock.
 *
 * A page that has private data has PG_private and a reference for it. The
 * buffer knows its page; it is found, and its users are counted, under
 * i_private_lock of the file. Only a buffer without users moves with its page.
 *
 * Modelled on folio_attach_private() in include/linux/pagemap.h,
 * __find_get_block_slow(), bdev_getblk(), grow_dev_folio() and
 * try_to_free_buffers() in fs/buffer.c and
 * __buffer_migrate_folio() in mm/migrate.c of Linux 6.12. Left out: several
 * buffers in a page, the per-CPU cache of buffers, locks of buffers.
 */
#include "migrate_internal.h"

static bool has_reference(void)
{
	return !buggy(private_without_ref);
}

/* @folio is locked, or nobody else knows of it. */
void folio_attach_private(struct page *folio, unsigned long data)
{
	if (has_reference()) {
		get_page(folio);
		arch_page_ref(folio, HOLDER_PRIVATE, 1);
	}
	folio->private = data;
	set_bit(PG_private, &folio->flags);
}

/* Returns the data. @folio is locked. The caller has another reference. */
unsigned long folio_detach_private(struct page *folio)
{
	unsigned long data = folio->private;

	clear_bit(PG_private, &folio->flags);
	folio->private = 0;
	if (has_reference()) {
		arch_page_ref(folio, HOLDER_PRIVATE, -1);
		put_page(folio);
	}
	return data;
}

static struct buffer_head *folio_buffers(const struct page *folio)
{
	return &mem->buffer[folio->private - 1];
}

/* i_private_lock held. All may be taken by pages that were truncated. */
static unsigned int find_free_buffer(void)
{
	unsigned int nr = 0;

	while (nr < NR_BUFFERS && mem->buffer[nr].b_folio)
		nr++;
	return nr;
}

/* Give a page of the index, which is locked, its buffer, unless it has one. */
void create_empty_buffers(struct page *folio)
{
	struct address_space *mapping = folio_mapping(folio);
	unsigned int nr;

	if (test_bit(PG_private, &folio->flags))
		return;
	spin_lock(&mapping->i_private_lock);
	nr = find_free_buffer();
	if (nr < NR_BUFFERS) {
		mem->buffer[nr].b_folio = folio;
		mem->buffer[nr].b_index = (unsigned int)folio->index;
		folio_attach_private(folio, nr + 1);
	}
	spin_unlock(&mapping->i_private_lock);
}

/*
 * The buffer of the page at @index of @mapping, with a count for the caller, or
 * NULL. Any context but interrupts.
 */
struct buffer_head *find_get_block(struct address_space *mapping,
				   unsigned int index)
{
	struct page *folio = filemap_get_folio(mapping, index);
	struct buffer_head *bh = NULL;

	if (!folio)
		return NULL;
	spin_lock(&mapping->i_private_lock);
	if (folio->flags & 1ul << PG_private) {
		bh = folio_buffers(folio);
		atomic_inc(&bh->b_count);
	}
	spin_unlock(&mapping->i_private_lock);
	put_page(folio);
	return bh;
}

/*
 * The same, but if there is none the page is read in and given its buffer: NULL
 * and -ENOMEM, or -EFAULT if both have gone again, or all buffers are in use.
 * May sleep; nothing of the file held.
 */
struct buffer_head *getblk(struct address_space *mapping, unsigned int index,
			   int *ret)
{
	struct buffer_head *bh = find_get_block(mapping, index);
	struct page *folio;

	if (bh)
		return bh;
	*ret = filemap_fault(mapping, index, &folio);
	if (*ret)
		return NULL;
	create_empty_buffers(folio);
	folio_unlock(folio);
	put_page(folio);
	*ret = -EFAULT;
	return find_get_block(mapping, index);
}

/*
 * Store there. The caller has a count, so that the buffer stays in the page
 * that it was found in. Any context but interrupts.
 */
void write_buffer(const struct buffer_head *bh, unsigned long content)
{
	struct page *folio = bh->b_folio;

	WRITE_ONCE(*page_content(folio), content);
	arch_buffer_stored(bh, content);
	folio_mark_dirty(folio);
}

void brelse(struct buffer_head *bh)
{
	atomic_dec(&bh->b_count);
}

/*
 * Free the buffer of a page, which is locked, if nobody uses it: then the page
 * has no private data any more.
 */
bool try_to_free_buffers(struct page *folio)
{
	struct address_space *mapping = &mem->file[0];
	bool is_free;

	spin_lock(&mapping->i_private_lock);
	is_free = !atomic_read(&folio_buffers(folio)->b_count);
	if (is_free) {
		folio_buffers(folio)->b_folio = NULL;
		/* Under the lock, or who looks it up finds what is free. */
		folio_detach_private(folio);
	}
	spin_unlock(&mapping->i_private_lock);
	return is_free;
}

/* As folio_migrate(), for a file whose pages may have buffers. */
int buffer_migrate_folio(struct address_space *mapping, struct page *dst,
			 struct page *src)
{
	bool early = buggy(bh_ref_check_race), busy;
	struct buffer_head *bh;
	int ret;

	if (!(src->flags & 1ul << PG_private))
		return folio_migrate(mapping, dst, src);
	bh = folio_buffers(src);
	spin_lock(&mapping->i_private_lock);
	busy = atomic_read(&bh->b_count);
	if (busy || early)
		spin_unlock(&mapping->i_private_lock);
	if (busy)
		return -EAGAIN;
	/* Who looks for it now waits until it belongs to the new page. */
	ret = folio_migrate(mapping, dst, src);
	if (!ret)
		bh->b_folio = dst;
	if (!early)
		spin_unlock(&mapping->i_private_lock);
	return ret;
}
