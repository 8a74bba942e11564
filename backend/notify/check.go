package notify

import "context"

// Check goes the way of a mail as far as the mail server's consent: it
// connects, encrypts and signs in, and sends nothing.
func Check(ctx context.Context, server Server, sender Sender) error {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	client, err := server.client(ctx, sender.host())
	if err != nil {
		return err
	}
	if err := client.DialWithContext(ctx); err != nil {
		return err
	}
	return client.Close()
}
