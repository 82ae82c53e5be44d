import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';

interface ConfirmProps {
  /** On the button, and on the one that confirms. */
  action: string;
  title: string;
  /** What exactly will be gone. */
  detail: string;
  /** What has to be typed first, where much is at stake. */
  typed?: string;
  onConfirm(): void;
}

/** For what cannot be undone: says what will be gone, and does it only then. */
export function Confirm({ action, title, detail, typed, onConfirm }: ConfirmProps) {
  const [isOpen, { open, close }] = useDisclosure(false);
  const [text, setText] = useState('');
  return (
    <>
      <Button variant="default" size="xs" onClick={open}>
        {action}
      </Button>
      <Modal opened={isOpen} onClose={close} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            close();
            setText('');
            onConfirm();
          }}
        >
          <Stack>
            <Text>{detail}</Text>
            {typed !== undefined && (
              <TextInput
                label={`Type “${typed}” to go on`}
                autoComplete="off"
                value={text}
                onChange={(event) => setText(event.currentTarget.value)}
              />
            )}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Leave it
              </Button>
              <Button type="submit" color="red" disabled={typed !== undefined && text !== typed}>
                {action}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
