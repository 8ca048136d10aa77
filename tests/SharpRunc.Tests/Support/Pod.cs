namespace SharpRunc.Tests.Support;

/// <summary>A pod in the host's network, as kubelet asks for one. Numbers are those of k8s.io/cri-api's api.proto.</summary>
internal sealed class Pod
{
    /// <summary>What <see cref="State"/> tells.</summary>
    public const ulong Created = 0, Running = 1, Exited = 2;

    private const ulong Node = 2;
    private readonly Cri cri;
    private readonly Message config;

    /// <param name="handler">A runtime of containerd's configuration; empty: its default.</param>
    public Pod(Engine engine, Cri cri, string handler)
    {
        this.cri = cri;
        // An empty profile is RuntimeDefault.
        Message security = new Message().With(1, Namespaces).With(9, new Message());
        config = new Message()
            .With(1, new Message().With(1, "pod").With(2, "uid-1").With(3, "default"))
            .With(3, engine.Work)
            .With(8, new Message().With(1, "/" + engine.CgroupName).With(2, security));
        Id = cri.Call("RunPodSandbox", new Message().With(1, config).With(2, handler)).Text(1);
    }

    public string Id { get; }

    /// <param name="name">Its log is NAME.log in the engine's directory.</param>
    public string Create(string name, params string[] command) => CreateLimited(name, memory: 0, command);

    /// <param name="memory">Bytes; 0: no limit.</param>
    public string CreateLimited(string name, ulong memory, params string[] command)
    {
        Message container = new Message().With(1, new Message().With(1, name))
            .With(2, new Message().With(1, "docker.io/library/bb:latest"));
        foreach (string word in command)
            container.With(3, word);
        container.With(11, name + ".log")
            .With(15, new Message().With(1, new Message().With(4, memory))
                .With(2, new Message().With(3, Namespaces).With(15, new Message())));
        return cri.Call("CreateContainer", new Message().With(1, Id).With(2, container).With(3, config)).Text(1);
    }

    public ulong State(string container) => Status(container).Number(3);

    public ulong ExitCode(string container) => Status(container).Number(7);

    /// <summary>OOMKilled, Completed, Error.</summary>
    public string Reason(string container) => Status(container).Text(10);

    /// <summary>Runs a program to its end, as a probe does.</summary>
    /// <param name="timeout">Seconds; 0: no limit.</param>
    public Result Exec(string container, ulong timeout, params string[] command)
    {
        Message answer = cri.Call("ExecSync", Probe(container, timeout, command));
        return new Result(string.Join(' ', command), (int)answer.Number(3), answer.Text(1), answer.Text(2));
    }

    /// <summary>One that is refused, and why.</summary>
    public string ExecFails(string container, ulong timeout, params string[] command)
        => cri.Fail("ExecSync", Probe(container, timeout, command));

    /// <param name="timeout">In seconds, of those calls that have one.</param>
    public void Do(string method, string id, ulong timeout = 0) => cri.Call(method, new Message().With(1, id).With(2, timeout));

    /// <param name="memory">Bytes.</param>
    /// <param name="cpuQuota">Microseconds.</param>
    public void Update(string container, ulong memory, ulong cpuQuota)
        => cri.Call("UpdateContainerResources", new Message().With(1, container).With(2, new Message().With(2, cpuQuota).With(4, memory)));

    private static Message Probe(string container, ulong timeout, string[] command)
    {
        Message request = new Message().With(1, container);
        foreach (string word in command)
            request.With(2, word);
        return request.With(3, timeout);
    }

    private Message Status(string container) => cri.Call("ContainerStatus", new Message().With(1, container)).Inner(1);

    private static Message Namespaces => new Message().With(1, Node);
}
