# The echo server in Elixir: `elixir code/peers/echo.exs 8000`, and a netcat for
# each who comes. A port of 0 asks for any free one.
#
# This is the server of Elixir's own guide ("Task and gen_tcp"), which is a
# descendant of the article's: a loop that accepts, and a task for each client
# under a Task.Supervisor. The sockets are passive. The guide's `packet: :line`
# is left out, as the bytes need not be lines. The queue is the longest that the
# system allows; gen_tcp's own is of 5. For more than 1,000 clients, more
# descriptors are allowed first: `ulimit -n 20000`.

defmodule EchoServer do
  require Logger

  def start(port) do
    {:ok, _} = Task.Supervisor.start_link(name: EchoServer.TaskSupervisor)

    {:ok, socket} =
      :gen_tcp.listen(port, [
        :binary,
        ip: {127, 0, 0, 1},
        active: false,
        reuseaddr: true,
        nodelay: true,
        backlog: 4096
      ])

    {:ok, port} = :inet.port(socket)
    IO.puts("Listening on port #{port}...")
    accept_loop(socket)
  end

  defp accept_loop(socket) do
    case :gen_tcp.accept(socket) do
      {:ok, client} ->
        spawn_client(client)

      # It broke while it waited, and the next one may be fine.
      {:error, reason} when reason in [:econnaborted, :econnreset] ->
        :ok

      # With no descriptor left, some have to leave first. Meanwhile no module
      # can be loaded, as `"#{reason}"` would have it for an atom.
      {:error, reason} ->
        Logger.error("Error accepting a client: " <> Atom.to_string(reason))
        Process.sleep(200)
    end

    accept_loop(socket)
  end

  defp spawn_client(client) do
    {:ok, pid} =
      Task.Supervisor.start_child(EchoServer.TaskSupervisor, fn -> client_loop(client) end)

    # A client that is gone already has nothing to hand over.
    _ = :gen_tcp.controlling_process(client, pid)
  end

  defp client_loop(socket) do
    with {:ok, packet} <- :gen_tcp.recv(socket, 0),
         :ok <- :gen_tcp.send(socket, packet) do
      client_loop(socket)
    else
      _ -> :gen_tcp.close(socket)
    end
  end
end

port = System.argv() |> List.first("8000") |> String.to_integer()
EchoServer.start(port)
