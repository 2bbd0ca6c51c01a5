"""An ssh client that sends an answer as long as it is; OpenSSH's own cuts at 1,023."""

import paramiko

PATIENCE = 20


class Login:
    """keyboard-interactive, the answers in order, and then one command.

    asked: the prompts.  told: what sshd had to say beside them.  said and status: the
    command's output and exit status, both None where sshd let nobody in.
    """

    def __init__(self, port, user, answers, command):
        self.asked, self.told, self.said, self.status = [], [], None, None
        self._answers = list(answers)
        transport = paramiko.Transport(("127.0.0.1", port))
        try:
            transport.start_client(timeout=PATIENCE)
            transport.auth_interactive(user, self._answer)
            self._run(transport, command)
        except paramiko.AuthenticationException:
            pass
        finally:
            transport.close()

    def _answer(self, title, instructions, prompts):
        """prompts: (text, echo); none at all comes with the refusal's message."""
        self.told += [text for text in (title, instructions) if text]
        self.asked += [text for text, echo in prompts]
        return [self._answers.pop(0) for _ in prompts]

    def _run(self, transport, command):
        channel = transport.open_session(timeout=PATIENCE)
        channel.settimeout(PATIENCE)
        channel.exec_command(command)
        self.said = channel.makefile().read().decode()
        self.status = channel.recv_exit_status()
