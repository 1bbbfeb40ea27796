# What a Supervisor of OTP does: `elixir code/peers/supervisor.exs`. It prints a
# line for each row of the book's table, and ends by itself.

# Reports of crashes would stand between the lines.
Logger.configure(level: :none)

defmodule Child do
  use GenServer

  def start_link(name, told, options \\ []) do
    GenServer.start_link(__MODULE__, {name, told, options})
  end

  # A child that traps exits is told when its supervisor ends it.
  @impl true
  def init({name, told, options}) do
    Process.flag(:trap_exit, true)
    send(told, {:news, "#{name} begins"})

    if options[:slow] do
      Process.sleep(50)
      send(told, {:news, "#{name} is ready"})
    end

    {:ok, {name, told, 0}}
  end

  @impl true
  def handle_cast(:crash, _), do: exit(:bug)
  def handle_cast(:return, state), do: {:stop, :normal, state}
  def handle_cast(:add, {name, told, number}), do: {:noreply, {name, told, number + 1}}

  def handle_cast(:never_end, state) do
    Process.sleep(:infinity)
    {:noreply, state}
  end

  @impl true
  def handle_call(:crash, _, _), do: exit(:bug)
  def handle_call(:number, _, {_, _, number} = state), do: {:reply, number, state}

  @impl true
  def terminate(:shutdown, {name, told, _}), do: send(told, {:news, "#{name} is ended"})
  def terminate(_, _), do: :ok
end

defmodule Table do
  # No wait takes as long.
  @deadline 30_000

  def print do
    # A supervisor that gives up does not take this process along.
    Process.flag(:trap_exit, true)
    Enum.each([:one_for_one, :rest_for_one, :one_for_all], &strategy/1)
    order()
    cannot_begin()
    return()
    pause()
    intensity()
    upwards()
    stop()
    never_ends()
    state()
    call()
  end

  defp strategy(strategy) do
    supervisor = family(strategy: strategy)
    say("#{strategy}, b crashes", crash(supervisor, "b"))
  end

  defp order do
    start([child("a", slow: true), child("b")])
    say("a takes time to begin", news())
  end

  defp cannot_begin do
    broken = %{id: "b", start: {Function, :identity, [{:error, :broken}]}}
    children = [child("a"), broken, child("c")]
    {:error, {:shutdown, _}} = Supervisor.start_link(children, strategy: :one_for_one)
    say("b cannot begin", news() ++ ["no supervisor"])
  end

  # The children are transient.
  defp return do
    supervisor = family(strategy: :rest_for_one)
    watch = Process.monitor(pid(supervisor, "c"))
    GenServer.cast(pid(supervisor, "c"), :return)
    :normal = reason(watch)
    Supervisor.which_children(supervisor)
    say("c returns", news())
    say("rest_for_one, b crashes then", crash(supervisor, "b"))
  end

  defp pause do
    supervisor = family(max_restarts: 100, max_seconds: 100)
    {time, _} = :timer.tc(fn -> for _ <- 1..100, do: crash(supervisor, "b") end)
    say("100 restarts", ["less than 100 times 100 ms: #{time < 10_000_000}"])
  end

  defp intensity do
    supervisor = family(max_restarts: 2, max_seconds: 100)
    crash(supervisor, "a")
    crash(supervisor, "b")
    watch = Process.monitor(supervisor)
    GenServer.cast(pid(supervisor, "b"), :crash)
    reason = reason(watch)
    say("max_restarts: 2, three crashes", news() ++ [reason])
  end

  defp upwards do
    children = [child("a"), child("b")]
    options = [strategy: :one_for_one, max_restarts: 0]
    below = {Supervisor, :start_link, [children, options]}
    above = start([%{id: "below", start: below, type: :supervisor}])
    news()
    GenServer.cast(pid(pid(above, "below"), "b"), :crash)
    news = news_until("b begins")
    say("max_restarts: 0, and a supervisor above", news)
  end

  defp stop do
    Supervisor.stop(family([]), :shutdown)
    say("stop", news())
  end

  defp never_ends do
    supervisor = start([Map.put(child("a"), :shutdown, 50)])
    watch = Process.monitor(pid(supervisor, "a"))
    GenServer.cast(pid(supervisor, "a"), :never_end)
    Supervisor.stop(supervisor)
    say("shutdown: 50, a never ends", [reason(watch)])
    news()
  end

  defp state do
    supervisor = family([])
    a = pid(supervisor, "a")
    for _ <- 1..3, do: GenServer.cast(a, :add)
    before = GenServer.call(a, :number)
    # What waits in the mailbox, waits behind the crash.
    :sys.suspend(a)
    for what <- [:crash, :add, :add], do: GenServer.cast(a, what)
    :sys.resume(a)
    news_until("a begins")
    later = GenServer.call(pid(supervisor, "a"), :number)
    say("a counts", ["#{before} before the crash", "#{later} after it"])
  end

  defp call do
    a = pid(family([]), "a")

    reason =
      try do
        GenServer.call(a, :crash, @deadline)
      catch
        :exit, {reason, _} -> reason
      end

    say("a crashes in a call", ["the caller exits, too: #{reason}"])
  end

  defp child(name, options \\ []) do
    start = {Child, :start_link, [name, self(), options]}
    %{id: name, start: start, restart: :transient}
  end

  defp family(options) do
    supervisor = start(Enum.map(["a", "b", "c"], &child/1), options)
    news()
    supervisor
  end

  defp start(children, options \\ []) do
    options = Keyword.merge([strategy: :one_for_one], options)
    {:ok, supervisor} = Supervisor.start_link(children, options)
    supervisor
  end

  defp pid(supervisor, id) do
    {_, pid, _, _} = List.keyfind(Supervisor.which_children(supervisor), id, 0)
    pid
  end

  # Has a child crash, and waits until its supervisor has done all.
  defp crash(supervisor, name) do
    GenServer.cast(pid(supervisor, name), :crash)
    news = news_until("#{name} begins")
    Supervisor.which_children(supervisor)
    news ++ news()
  end

  defp news_until(last) do
    receive do
      {:news, ^last} -> [last]
      {:news, news} -> [news | news_until(last)]
    after
      @deadline -> exit("#{last}: waited in vain")
    end
  end

  # All that has come by now.
  defp news do
    receive do
      {:news, news} -> [news | news()]
    after
      0 -> []
    end
  end

  defp reason(watch) do
    receive do
      {:DOWN, ^watch, :process, _, reason} -> reason
    after
      @deadline -> exit("waited in vain for an end")
    end
  end

  defp say(what, []), do: say(what, ["nothing"])
  defp say(what, news), do: IO.puts("#{what}: #{Enum.join(news, ", ")}")
end

Table.print()
