namespace SharpRunc.Linux;

/// <summary>A range of descriptor numbers, first to last: close_range(2).</summary>
internal struct CloseRange
{
    public uint First, Last;
}
