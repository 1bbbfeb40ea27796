# The room of `chat` as it is written in Elixir: `elixir code/peers/room.exs 8000`,
# and a netcat for each who comes. A port of 0 asks for any free one.
#
# The room is a GenServer. Each member is a process that owns its socket, as the
# guides of Elixir and of gen_tcp have it: the room sends a message to each, and
# never waits for a socket. A member takes all lines that wait in its mailbox, and
# sends them at once. A send for each line, or `active: true`, was not faster.

defmodule Room do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  def join(name), do: GenServer.call(__MODULE__, {:join, name})
  def who, do: GenServer.call(__MODULE__, :who)
  def say(line), do: GenServer.cast(__MODULE__, {:say, line})

  @impl true
  def init(_), do: {:ok, %{}}

  @impl true
  def handle_call({:join, name}, {pid, _}, members) do
    if name in Map.values(members) do
      {:reply, :taken, members}
    else
      Process.monitor(pid)
      members = Map.put(members, pid, name)
      tell_all(members, "* #{name} has joined\n")
      {:reply, :ok, members}
    end
  end

  def handle_call(:who, _, members), do: {:reply, Enum.sort(Map.values(members)), members}

  @impl true
  def handle_cast({:say, line}, members) do
    tell_all(members, line)
    {:noreply, members}
  end

  @impl true
  def handle_info({:DOWN, _, :process, pid, _}, members) do
    {name, members} = Map.pop!(members, pid)
    tell_all(members, "* #{name} has left\n")
    {:noreply, members}
  end

  defp tell_all(members, line) do
    Enum.each(members, fn {pid, _} -> send(pid, {:line, line}) end)
  end
end

defmodule Member do
  def introduce(socket) do
    tell(socket, "* who are you?\n")
    ask_name(socket)
  end

  defp ask_name(socket) do
    with {:ok, line} <- :gen_tcp.recv(socket, 0) do
      name = String.trim(line)

      case name != "" && Room.join(name) do
        :ok ->
          :inet.setopts(socket, active: :once)
          take_part(socket, name)

        :taken ->
          tell(socket, "* somebody else has that name\n")
          ask_name(socket)

        false ->
          tell(socket, "* a name has at least one letter\n")
          ask_name(socket)
      end
    end
  end

  defp take_part(socket, name) do
    receive do
      {:line, line} ->
        tell(socket, all_waiting([line]))
        take_part(socket, name)

      {:tcp, ^socket, line} ->
        with :ok <- obey(socket, name, String.trim(line)) do
          :inet.setopts(socket, active: :once)
          take_part(socket, name)
        end

      {:tcp_closed, ^socket} ->
        :left

      {:tcp_error, ^socket, _} ->
        :left
    end
  end

  defp obey(socket, _, "/leave"), do: :gen_tcp.close(socket) && :left
  defp obey(socket, _, "/who"), do: tell(socket, ["* here: ", Enum.join(Room.who(), ", "), "\n"])
  defp obey(socket, _, ""), do: tell(socket, "* you have said nothing\n")
  defp obey(socket, _, "/" <> _), do: tell(socket, "* there are /who and /leave\n")
  defp obey(_, name, words), do: Room.say("#{name}: #{words}\n")

  defp all_waiting(lines) do
    receive do
      {:line, line} -> all_waiting([lines, line])
    after
      0 -> lines
    end
  end

  # What cannot be sent is no news: `:tcp_closed` follows.
  defp tell(socket, lines) do
    :gen_tcp.send(socket, lines)
    :ok
  end
end

defmodule Server do
  def start(port) do
    {:ok, _} = Room.start_link(nil)
    {:ok, members} = Task.Supervisor.start_link()

    {:ok, listener} =
      :gen_tcp.listen(port, [
        :binary,
        ip: {127, 0, 0, 1},
        packet: :line,
        active: false,
        nodelay: true,
        reuseaddr: true,
        backlog: 1024
      ])

    {:ok, port} = :inet.port(listener)
    IO.puts("Listening on port #{port}...")
    accept(listener, members)
  end

  defp accept(listener, members) do
    {:ok, socket} = :gen_tcp.accept(listener)

    {:ok, pid} =
      Task.Supervisor.start_child(members, fn ->
        receive do: (:yours -> Member.introduce(socket))
      end)

    :ok = :gen_tcp.controlling_process(socket, pid)
    send(pid, :yours)
    accept(listener, members)
  end
end

[port] = System.argv()
Server.start(String.to_integer(port))
