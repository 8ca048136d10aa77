namespace SharpRunc.Core.State;

/// <summary>A validated container id: always a single harmless path component.</summary>
internal readonly record struct ContainerId
{
    private const int MaxLength = 1024;

    private ContainerId(string value) => Value = value;

    public string Value { get; }

    public override string ToString() => Value;

    public static ContainerId Parse(string id)
    {
        if (id.Length == 0)
            throw new ContainerException(ErrorCode.UsageContainerId, "container id cannot be empty");
        if (IsValid(id))
            return new ContainerId(id);
        throw new ContainerException(ErrorCode.UsageContainerId, "invalid container ID format")
        {
            Hint = "an id consists of at most 1024 letters, digits and _ + - . and is neither . nor ..",
        };
    }

    public static bool IsValid(string id)
    {
        if (id.Length is 0 or > MaxLength || id is "." or "..")
            return false;
        foreach (char c in id)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '+' or '-' or '.'))
                return false;
        return true;
    }
}
